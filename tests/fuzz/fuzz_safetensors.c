/* Safetensors files, read as tensors, as weights and as checkpoints; weights and checkpoints are
 * written and read again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmnist_cl/train_state.h"
#include "fmnist_cl/weights.h"
#include "fuzz/fuzz.h"
#include "io/safetensors.h"
#include "io/safetensors_write.h"

static void read_tensors(const char *path, size_t size) {
    fm_safetensors *file;
    fm_error error = {0};
    int status = fm_safetensors_read(&file, path, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(!file, "nothing comes out of a bad file");
        return;
    }
    size_t bytes = 0;
    for (size_t i = 0; i < fm_safetensors_count(file); i++) {
        const fm_tensor *tensor = fm_safetensors_get(file, i);
        double sum = 0;
        size_t product = 1;
        for (size_t d = 0; d < tensor->rank; d++)
            product *= tensor->shape[d];
        fuzz_require(product == tensor->count, "a tensor has as many values as its shape");
        for (size_t v = 0; v < tensor->count; v++)
            sum += tensor->type == FM_TENSOR_F64 ? tensor->doubles[v] : (double)tensor->values[v];
        (void)sum;
        fuzz_require(fm_safetensors_find(file, tensor->name) == tensor, "it is found by its name");
        bytes += fm_tensor_bytes(tensor);
    }
    fuzz_require(bytes <= size, "the tensors lie in the file");
    (void)fm_safetensors_metadata(file, "activation");
    fm_safetensors_free(file);
}

static void same(fm_weights *a, fm_weights *b) {
    const fm_architecture *one = fm_weights_architecture(a), *other = fm_weights_architecture(b);
    fuzz_require(one->inputs == other->inputs && one->outputs == other->outputs &&
                     one->hidden_count == other->hidden_count,
                 "the same network comes back");
    size_t inputs = one->inputs;
    for (size_t layer = 0; layer <= one->hidden_count; layer++) {
        size_t outputs = layer < one->hidden_count ? one->hidden[layer] : one->outputs;
        fuzz_require(!memcmp(fm_weights_matrix(a, layer), fm_weights_matrix(b, layer),
                             inputs * outputs * sizeof(float)),
                     "the same weights come back");
        fuzz_require(isfinite(fm_weights_bias(a, layer)[0]), "weights are finite");
        inputs = outputs;
    }
}

static void read_weights(const char *path) {
    fm_weights *weights, *again;
    fm_error error = {0};
    int status = fm_weights_load(&weights, path, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(!weights, "nothing comes out of a bad file");
        return;
    }
    fuzz_require(!fm_weights_save(weights, path, &error), "they can be written");
    fuzz_require(!fm_weights_load(&again, path, &error), "what was written can be read");
    same(weights, again);
    fm_weights_free(again);
    fm_weights_free(weights);
}

static void read_state(const char *path) {
    fm_train_state *state, *again;
    char *note, *other;
    fm_error error = {0};
    int status = fm_train_state_load(&state, &note, path, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(!state && !note, "nothing comes out of a bad file");
        return;
    }
    fuzz_require(state->best_epoch <= state->epochs, "the best epoch is one of them");
    for (size_t i = 0; i < state->epochs; i++)
        fuzz_require(state->history[i].number == i + 1, "the epochs are numbered");
    fuzz_require(!fm_train_state_save(state, note, path, &error), "it can be written");
    fuzz_require(!fm_train_state_load(&again, &other, path, &error), "it can be read again");
    same(state->weights, again->weights);
    fuzz_require(state->epochs == again->epochs && state->steps == again->steps &&
                     state->position == again->position && !strcmp(note, other),
                 "the same state comes back");
    fm_train_state_free(again);
    fm_train_state_free(state);
    free(other);
    free(note);
}

/* Corrects the checksum: a fuzzer cannot guess it, and would not reach the code behind it. */
static void add_sum(const char *path) {
    enum { MOST = 64 };
    static const char *const keys[] = {"activation", "training", "note", "history"};
    fm_safetensors *file;
    fm_tensor tensors[MOST];
    fm_metadata metadata[sizeof keys / sizeof *keys];
    size_t entries = 0;
    if (fm_safetensors_read(&file, path, NULL))
        return;
    const size_t count = fm_safetensors_count(file);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = fm_safetensors_metadata(file, keys[i]);
        if (value)
            metadata[entries++] = (fm_metadata){keys[i], value};
    }
    for (size_t i = 0; i < count && i < MOST; i++)
        tensors[i] = *fm_safetensors_get(file, i);
    if (count <= MOST)
        fuzz_require(!fm_safetensors_write(path, tensors, count, metadata, entries, NULL),
                     "what was read can be written");
    fm_safetensors_free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *path = fuzz_file(bytes, size);
    read_tensors(path, size);
    read_weights(path);
    read_state(fuzz_file(bytes, size)); /* read_weights may have overwritten the file */
    add_sum(fuzz_file(bytes, size));
    read_state(path);
    return 0;
}

#ifdef FM_FUZZ
/* Usually corrects the length of the header, which ends at the last brace. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
    enum { LENGTH = 8 };
    size = LLVMFuzzerMutate(bytes, size, most);
    size_t end = size;
    while (end > LENGTH && bytes[end - 1] != '}')
        end--;
    for (size_t i = 0; seed % 8 && end > LENGTH && i < LENGTH; i++)
        bytes[i] = (uint8_t)((end - LENGTH) >> (8 * i));
    return size;
}
#endif
