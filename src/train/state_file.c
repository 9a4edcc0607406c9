/* The state of a training as a safetensors file. Its weights have the tensor names of a weights
 * file; the prefixes "slot1." and "slot2." mark the optimizer's state, "best." the best weights.
 * "losses" and "classes" (predictions) belong to the current epoch. "history" has a row of doubles
 * per completed epoch. The metadata name its columns, and contain the rest as one JSON document. */
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/memory.h"
#include "fmnist_cl/version.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "io/safetensors_sum.h"
#include "io/safetensors_write.h"
#include "io/weights_tensors.h"
#include "train/history.h"
#include "train/state.h"

enum {
    SETS = FM_MAX_SLOTS + 2, /* of weights */
    MOST_TENSORS = SETS * FM_WEIGHTS_TENSORS + 3,
};

static const char training_key[] = FM_CHECKPOINT_KEY, note_key[] = "note";
static const char *const slot_prefix[FM_MAX_SLOTS] = {"slot1.", "slot2."};
static const char best_prefix[] = "best.", losses_name[] = "losses", classes_name[] = "classes";
static const char history_name[] =
    "history"; /* of the tensor, and of the metadata entry that names its columns */

/* ---- Writing ---- */

typedef struct state_tensors {
    fm_tensor tensor[MOST_TENSORS];
    fm_tensor_name name[MOST_TENSORS];
    size_t count;
    float *classes; /* as floats: the file has no tensors of bytes */
    double *history;
} state_tensors;

static void add_weights(state_tensors *t, const fm_weights *weights, const char *prefix) {
    t->count += fm_weights_tensors(t->tensor + t->count, t->name + t->count, weights, prefix);
}

static void add_values(state_tensors *t, const char *name, const float *values, size_t count) {
    t->tensor[t->count++] =
        (fm_tensor){.name = name, .rank = 1, .shape = {count}, .count = count, .values = values};
}

static int add_history(state_tensors *t, const fm_train_state *s, const char *path,
                       fm_error *error) {
    const size_t count = s->epochs * FM_HISTORY_COLUMNS;
    if (!s->epochs)
        return FM_OK;
    int status = fm_memory_allocate(&t->history, count, sizeof *t->history, path, error);
    if (status)
        return status;
    fm_history_write(t->history, s->history, s->epochs);
    t->tensor[t->count++] = (fm_tensor){.name = history_name,
                                        .type = FM_TENSOR_F64,
                                        .rank = 2,
                                        .shape = {s->epochs, FM_HISTORY_COLUMNS},
                                        .count = count,
                                        .doubles = t->history};
    return FM_OK;
}

static int collect(state_tensors *t, const fm_train_state *s, const char *path, fm_error *error) {
    int status = add_history(t, s, path, error); /* doubles come first */
    if (status)
        return status;
    add_weights(t, s->weights, "");
    for (size_t i = 0; i < s->slot_count && i < FM_MAX_SLOTS; i++)
        add_weights(t, s->slot[i], slot_prefix[i]);
    if (s->best)
        add_weights(t, s->best, best_prefix);
    if (!s->position)
        return FM_OK;
    status = fm_memory_allocate(&t->classes, s->position, sizeof *t->classes, path, error);
    if (status)
        return status;
    for (size_t i = 0; i < s->position; i++)
        t->classes[i] = s->classes[i];
    add_values(t, losses_name, s->losses, s->position);
    add_values(t, classes_name, t->classes, s->position);
    return FM_OK;
}

static int describe(char **out, const fm_train_state *s, fm_error *error) {
    return fm_json_write(out,
                         json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "steps", (json_int_t)s->steps,
                                   "slots", (json_int_t)s->slot_count, "epochs",
                                   (json_int_t)s->epochs, "best_epoch", (json_int_t)s->best_epoch,
                                   "position", (json_int_t)s->position, "seconds",
                                   fm_json_real(s->seconds)),
                         error);
}

static int write_tensors(const state_tensors *t, const fm_train_state *state, const char *training,
                         const char *note, const char *path, fm_error *error) {
    const fm_metadata own[] = {
        {history_name, fm_history_columns}, {training_key, training}, {note_key, note}};
    enum { OWN = sizeof own / sizeof *own };
    fm_metadata metadata[2 + FM_WEIGHTS_SETTINGS + OWN] = {{"format", "pt"},
                                                           {"program", "fmnist-cl " FM_VERSION}};
    size_t count = 2;
    fm_weights_settings settings;
    fm_weights_settings_list(&settings, fm_weights_architecture(state->weights));
    for (size_t i = 0; i < settings.count; i++)
        metadata[count++] = settings.entry[i];
    for (size_t i = 0; i < OWN; i++)
        metadata[count++] = own[i];
    return fm_safetensors_write(path, t->tensor, t->count, metadata, count, error);
}

int fm_train_state_save(const fm_train_state *state, const char *note, const char *path,
                        fm_error *error) {
    state_tensors *t = NULL;
    char *text = NULL;
    int status = fm_memory_allocate(&t, 1, sizeof *t, path, error);
    if (!status)
        status = collect(t, state, path, error);
    if (!status)
        status = describe(&text, state, error);
    if (!status)
        status = write_tensors(t, state, text, note, path, error);
    free(text);
    if (t) {
        free(t->classes);
        free(t->history);
    }
    free(t);
    return status;
}

/* ---- Reading ---- */

static int wrong(const char *path, const char *key, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, path, "\"%s\" is missing or invalid", key);
}

static int read_whole(uint64_t *out, const json_t *training, const char *key, uint64_t most,
                      const char *path, fm_error *error) {
    const json_t *value = json_object_get(training, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > most)
        return wrong(path, key, error);
    *out = (uint64_t)json_integer_value(value);
    return FM_OK;
}

/* The expected number of tensors and their sizes. */
typedef struct extent {
    uint64_t epochs, slots, position;
} extent;

static int read_numbers(fm_train_state *s, extent *e, const json_t *training, const char *path,
                        fm_error *error) {
    uint64_t best = 0;
    const json_t *seconds = json_object_get(training, "seconds");
    int status = read_whole(&s->steps, training, "steps", INT64_MAX, path, error);
    if (!status)
        status = read_whole(&e->slots, training, "slots", FM_MAX_SLOTS, path, error);
    if (!status)
        status = read_whole(&e->epochs, training, "epochs", INT32_MAX, path, error);
    if (!status)
        status = read_whole(&best, training, "best_epoch", e->epochs, path, error);
    if (!status)
        status = read_whole(&e->position, training, "position", INT32_MAX, path, error);
    s->best_epoch = (size_t)best;
    s->seconds = json_number_value(seconds);
    if (!status && !(json_is_number(seconds) && s->seconds >= 0))
        status = wrong(path, "seconds", error);
    return status;
}

static const float *find_values(const fm_safetensors *file, const char *name, size_t count) {
    const fm_tensor *tensor = fm_safetensors_find(file, name);
    return tensor && tensor->type == FM_TENSOR_F32 && tensor->rank == 1 && tensor->count == count
               ? tensor->values
               : NULL;
}

static int read_history(fm_train_state *s, const fm_safetensors *file, size_t epochs,
                        const char *path, fm_error *error) {
    const fm_tensor *tensor = fm_safetensors_find(file, history_name);
    if (epochs == 0)
        return FM_OK;
    if (!tensor || tensor->type != FM_TENSOR_F64 || tensor->rank != 2 ||
        tensor->shape[0] != epochs || tensor->shape[1] != FM_HISTORY_COLUMNS)
        return wrong(path, history_name, error);
    int status = fm_memory_allocate(&s->history, epochs, sizeof *s->history, path, error);
    if (!status)
        status = fm_history_read(s->history, tensor->doubles, epochs, path, error);
    s->epochs = status ? 0 : epochs;
    return status;
}

static int read_outcomes(fm_train_state *s, const fm_safetensors *file, size_t count,
                         const char *path, fm_error *error) {
    const float *losses = find_values(file, losses_name, count);
    const float *classes = find_values(file, classes_name, count);
    if (count == 0)
        return FM_OK;
    if (!losses)
        return wrong(path, losses_name, error);
    if (!classes)
        return wrong(path, classes_name, error);
    int status = fm_train_state_reserve(s, count, error);
    if (status)
        return status;
    memcpy(s->losses, losses, count * sizeof *losses);
    for (size_t i = 0; i < count; i++) {
        if (!(classes[i] >= 0 && classes[i] <= UINT8_MAX))
            return wrong(path, classes_name, error);
        s->classes[i] = (uint8_t)classes[i];
    }
    s->position = count;
    return FM_OK;
}

static int read_tensors(fm_train_state *s, const fm_safetensors *file, size_t slots,
                        const char *path, fm_error *error) {
    int status = fm_weights_read(&s->weights, file, path, error);
    if (!status)
        status = fm_train_state_add_slots(s, slots, error);
    for (size_t i = 0; !status && i < slots && i < FM_MAX_SLOTS; i++)
        status = fm_weights_read_prefixed(s->slot[i], file, slot_prefix[i], path, error);
    if (!status && s->best_epoch)
        status = fm_weights_create(&s->best, fm_weights_architecture(s->weights), error);
    if (!status && s->best_epoch)
        status = fm_weights_read_prefixed(s->best, file, best_prefix, path, error);
    return status;
}

static int check_form(const fm_safetensors *file, const char *path, fm_error *error) {
    const char *columns = fm_safetensors_metadata(file, history_name);
    if (!fm_safetensors_metadata(file, training_key) || !fm_safetensors_metadata(file, note_key))
        return fm_error_set(error, FM_E_FORMAT, path, "is not a checkpoint of a training");
    if (!fm_safetensors_metadata(file, FM_SAFETENSORS_SUM))
        return fm_error_set(error, FM_E_FORMAT, path, "has no checksum");
    if (columns && strcmp(columns, fm_history_columns) == 0)
        return FM_OK;
    fm_error_set(error, FM_E_FORMAT, path,
                 "has a format that this version of fmnist-cl does not support");
    return fm_error_hint(error, "resume it with the version that wrote it; its weights are in "
                                "last.safetensors and best.safetensors");
}

static int read_state(fm_train_state *s, const fm_safetensors *file, const char *path,
                      fm_error *error) {
    extent e = {0, 0, 0};
    json_error_t problem;
    int no_memory;
    int status = check_form(file, path, error);
    if (status)
        return status;
    const char *text = fm_safetensors_metadata(file, training_key);
    json_t *training = fm_json_parse(&no_memory, text, strlen(text), &problem);
    status = no_memory ? fm_error_set(error, FM_E_MEMORY, path, "not enough memory to read it")
                       : read_numbers(s, &e, training, path, error);
    json_decref(training);
    if (!status)
        status = read_history(s, file, (size_t)e.epochs, path, error);
    if (!status)
        status = read_tensors(s, file, (size_t)e.slots, path, error);
    if (!status)
        status = read_outcomes(s, file, (size_t)e.position, path, error);
    return status;
}

int fm_train_state_load(fm_train_state **out, char **note, const char *path, fm_error *error) {
    fm_safetensors *file = NULL;
    fm_train_state *state = NULL;
    *out = NULL;
    *note = NULL;
    int status = fm_safetensors_read(&file, path, error);
    if (!status)
        status = fm_train_state_create(&state, NULL, error);
    if (!status)
        status = read_state(state, file, path, error);
    if (!status) {
        const char *text = fm_safetensors_metadata(file, note_key);
        status = fm_memory_allocate(note, strlen(text) + 1, 1, path, error);
        if (!status)
            memcpy(*note, text, strlen(text) + 1);
    }
    fm_safetensors_free(file);
    if (status)
        fm_train_state_free(state);
    else
        *out = state;
    return status;
}
