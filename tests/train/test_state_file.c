/* A training's state on disk: it is read exactly as it was written, or refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"
#include "io/safetensors_write.h"
#include "io/weights_tensors.h"
#include "support/check.h"
#include "support/io_faults.h"
#include "support/temporary.h"
#include "train/state.h"

static const fm_architecture small = {
    .inputs = 3, .outputs = 2, .hidden = {4}, .hidden_count = 1, .activation = FM_PRELU};

static fm_weights *make_weights(uint64_t seed) {
    fm_weights *weights = NULL;
    assert_int_equal(fm_weights_create(&weights, &small, NULL), FM_OK);
    fm_weights_randomize(weights, seed);
    return weights;
}

/* In the middle of its third epoch. */
static fm_train_state *make_state(void) {
    fm_train_state *state = NULL;
    const fm_epoch epoch = {.number = 1,
                            .steps = 3,
                            .train = {1.0 / 3, 0.1},
                            .has_val = 1,
                            .val = {2.0 / 3, 0.7},
                            .lr = 0.1,
                            .seconds = 1e-3,
                            .images_per_s = 12345.678};
    assert_int_equal(fm_train_state_create(&state, make_weights(1), NULL), FM_OK);
    assert_int_equal(fm_train_state_add_epoch(state, &epoch, NULL), FM_OK);
    assert_int_equal(fm_train_state_keep_best(state, NULL), FM_OK);
    fm_weights_randomize(state->weights, 2);
    fm_epoch second = epoch;
    second.number = 2;
    second.has_val = 0;
    second.val = (fm_score){0, 0};
    second.train.loss = (double)NAN;
    assert_int_equal(fm_train_state_add_epoch(state, &second, NULL), FM_OK);
    assert_int_equal(fm_train_state_add_slots(state, 2, NULL), FM_OK);
    fm_weights_values(state->slot[0])[0] = INFINITY; /* a sum of squares may overflow */
    fm_weights_values(state->slot[1])[1] = -0.0f;
    state->position = 0;
    assert_int_equal(fm_train_state_reserve(state, 5, NULL), FM_OK);
    for (size_t i = 0; i < 5; i++) {
        state->losses[i] = (float)i / 3;
        state->classes[i] = (uint8_t)(51 * i);
    }
    state->position = 5;
    state->steps = 8;
    state->seconds = 0.1;
    return state;
}

/* Compares all members of an epoch, without the padding between them. */
static void check_same_epoch(const fm_epoch *a, const fm_epoch *b) {
    const fm_score none = {0, 0};
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->has_val, b->has_val);
    assert_memory_equal(&a->train, &b->train, sizeof a->train);
    assert_memory_equal(a->has_val ? &a->val : &none, &b->val, sizeof a->val);
    assert_memory_equal(&a->lr, &b->lr, sizeof a->lr);
    assert_memory_equal(&a->seconds, &b->seconds, sizeof a->seconds);
    assert_memory_equal(&a->images_per_s, &b->images_per_s, sizeof a->images_per_s);
}

static void check_same(const fm_train_state *a, const fm_train_state *b) {
    const size_t size = fm_architecture_parameter_count(&small) * sizeof(float);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->position, b->position);
    assert_int_equal(a->best_epoch, b->best_epoch);
    assert_int_equal(a->slot_count, b->slot_count);
    assert_true(a->seconds == b->seconds);
    assert_memory_equal(fm_weights_values(a->weights), fm_weights_values(b->weights), size);
    assert_memory_equal(fm_weights_values(a->best), fm_weights_values(b->best), size);
    for (size_t i = 0; i < a->slot_count; i++)
        assert_memory_equal(fm_weights_values(a->slot[i]), fm_weights_values(b->slot[i]), size);
    assert_memory_equal(a->losses, b->losses, a->position * sizeof(float));
    assert_memory_equal(a->classes, b->classes, a->position);
    for (size_t i = 0; i < a->epochs; i++)
        check_same_epoch(&a->history[i], &b->history[i]);
}

static const char *path_of(void **state) {
    return temporary_path(*state, "state.safetensors");
}

/* Saves the state with a note, and loads it. */
static fm_train_state *reload(const fm_train_state *made, const char *note, const char *path) {
    fm_error error = {0};
    fm_train_state *read = NULL;
    char *text = NULL;
    CHECK_OK(fm_train_state_save(made, note, path, &error), &error);
    CHECK_OK(fm_train_state_load(&read, &text, path, &error), &error);
    assert_string_equal(text, note);
    free(text);
    return read;
}

static void test_round_trip(void **state) {
    fm_train_state *made = make_state(), *read = reload(made, "{\"a\":\n1}", path_of(state));
    check_same(made, read);
    fm_train_state_free(read);
    fm_train_state_free(made);
}

/* Only weights, before the first step. */
static void test_before_the_first_step(void **state) {
    fm_train_state *made = NULL;
    assert_int_equal(fm_train_state_create(&made, make_weights(3), NULL), FM_OK);
    fm_train_state *read = reload(made, "", path_of(state));
    assert_null(read->best);
    assert_null(read->slot[0]);
    assert_int_equal(read->epochs + read->position + read->steps + read->slot_count, 0);
    fm_train_state_free(read);
    fm_train_state_free(made);
}

/* Numbers without a short decimal form. */
static void make_long_history(fm_train_state *made, size_t epochs) {
    made->history = calloc(epochs, sizeof *made->history);
    assert_non_null(made->history);
    made->epochs = epochs;
    for (size_t i = 0; i < epochs; i++) {
        const double x = 1.0 / (double)(i + 3);
        made->history[i] = (fm_epoch){.number = i + 1,
                                      .steps = 1 + i % 7,
                                      .train = {i % 11 ? x : (double)INFINITY, 1 - x},
                                      .has_val = i % 5 != 0,
                                      .val = {i % 13 ? 2 * x : (double)NAN, sqrt(x)},
                                      .lr = x * x,
                                      .seconds = i % 17 ? x / 7 : 0x1p-1074,
                                      .images_per_s = 1e5 + x};
    }
}

/* A training of any length can be resumed: the file's header does not grow with it. */
static void test_a_long_history(void **state) {
    enum { EPOCHS = 100 * 1000 };
    fm_train_state *made = NULL;
    size_t size = 0;
    assert_int_equal(fm_train_state_create(&made, make_weights(3), NULL), FM_OK);
    make_long_history(made, EPOCHS);
    fm_train_state *read = reload(made, "", path_of(state));
    unsigned char *bytes = temporary_read(path_of(state), &size);
    assert_true(bytes[2] == 0 && bytes[3] == 0 && bytes[1] < 16); /* the header: below 4 kB */
    free(bytes);
    assert_int_equal(read->epochs, EPOCHS);
    for (size_t i = 0; i < EPOCHS; i++)
        check_same_epoch(&made->history[i], &read->history[i]);
    fm_train_state_free(read);
    fm_train_state_free(made);
}

static void refuse(const char *path, const char *why) {
    fm_train_state *read = NULL;
    char *note = NULL;
    fm_error error = {0};
    assert_int_equal(fm_train_state_load(&read, &note, path, &error), FM_E_FORMAT);
    assert_null(read);
    assert_null(note);
    if (!strstr(error.why, why))
        fail_msg("'%s' instead of '%s'", error.why, why);
}

static void test_every_flipped_bit_is_found(void **state) {
    fm_train_state *made = make_state();
    const char *path = path_of(state);
    size_t size;
    assert_int_equal(fm_train_state_save(made, "note", path, NULL), FM_OK);
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t bit = 0; bit < 8 * size; bit += 5) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        temporary_write(path, bytes, size);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        refuse(path, "");
    }
    for (size_t length = 0; length < size; length += 7) {
        temporary_write(path, bytes, length);
        refuse(path, "");
    }
    free(bytes);
    fm_train_state_free(made);
}

#define COLUMNS "train_loss,train_acc,val_loss,val_acc,seconds,images_per_s,lr,steps"

/* Writes a file with tensors, these metadata and a correct checksum. */
static void write_file(const char *path, const fm_tensor *tensors, size_t count,
                       const char *columns, const char *training) {
    const fm_metadata metadata[] = {
        {"activation", "prelu"}, {"training", training}, {"note", ""}, {"history", columns}};
    assert_int_equal(fm_safetensors_write(path, tensors, count, metadata, columns ? 4 : 3, NULL),
                     FM_OK);
}

#define NUMBERS(steps, slots, best, position, seconds, epochs)                                     \
    "{\"steps\":" steps ",\"slots\":" slots ",\"best_epoch\":" best ",\"position\":" position      \
    ",\"seconds\":" seconds ",\"epochs\":" epochs "}"

/* A correct checksum does not make invalid content acceptable. */
static void test_invalid_content(void **state) {
    static const struct {
        const char *training, *why;
    } cases[] = {
        {"", "\"steps\""},
        {"[]", "\"steps\""},
        {NUMBERS("-1", "0", "0", "0", "0", "1"), "\"steps\""},
        {NUMBERS("1.5", "0", "0", "0", "0", "1"), "\"steps\""},
        {NUMBERS("0", "3", "0", "0", "0", "1"), "\"slots\""},
        {NUMBERS("0", "0", "0", "0", "0", "[]"), "\"epochs\""},
        {NUMBERS("0", "0", "0", "0", "0", "-1"), "\"epochs\""},
        {NUMBERS("0", "0", "2", "0", "0", "1"), "\"best_epoch\""},
        {NUMBERS("0", "0", "0", "9999999999", "0", "1"), "\"position\""},
        {NUMBERS("0", "0", "0", "0", "-1", "1"), "\"seconds\""},
        {NUMBERS("0", "0", "0", "0", "null", "1"), "\"seconds\""},
        {NUMBERS("0", "0", "0", "0", "0", "2"), "\"history\""},
        {NUMBERS("0", "1", "0", "0", "0", "1"), "tensor 'slot1.0.weight' is missing"},
        {NUMBERS("0", "0", "1", "0", "0", "1"), "tensor 'best.0.weight' has a different shape"},
        {NUMBERS("0", "0", "0", "3", "0", "1"), "\"losses\""},
        {NUMBERS("0", "0", "0", "2", "0", "1"), "\"classes\""},
    };
    const char *path = path_of(state);
    fm_weights *weights = make_weights(1);
    fm_tensor tensors[FM_WEIGHTS_TENSORS + 4];
    fm_tensor_name names[FM_WEIGHTS_TENSORS];
    static const float values[2] = {0, 256};
    static const double row[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    fm_tensor pair = {.rank = 1, .shape = {2}, .count = 2, .values = values};
    tensors[0] = (fm_tensor){.name = "history",
                             .type = FM_TENSOR_F64,
                             .rank = 2,
                             .shape = {1, 8},
                             .count = 8,
                             .doubles = row};
    size_t count = 1 + fm_weights_tensors(tensors + 1, names, weights, "");
    for (size_t i = 0; i < 3; i++) {
        pair.name = (const char *const[]){"losses", "classes", "best.0.weight"}[i];
        tensors[count++] = pair;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(path, tensors, count, COLUMNS, cases[i].training);
        refuse(path, cases[i].why);
    }
    assert_int_equal(fm_weights_save(weights, path, NULL), FM_OK);
    refuse(path, "is not a checkpoint of a training");
    fm_weights_free(weights);
}

#define TWO_ROWS .type = FM_TENSOR_F64, .rank = 2, .shape = {2, 8}

static void test_invalid_epochs(void **state) {
    static const float floats[16];
    static const struct {
        fm_tensor tensor;
        double steps; /* of the second row */
        const char *why;
    } cases[] = {
        {{.name = "other", TWO_ROWS}, 3, "\"history\""},
        {{.type = FM_TENSOR_F32, .rank = 2, .shape = {2, 8}, .values = floats}, 3, "\"history\""},
        {{.type = FM_TENSOR_F64, .rank = 1, .shape = {16}}, 3, "\"history\""},
        {{.type = FM_TENSOR_F64, .rank = 2, .shape = {1, 16}}, 3, "\"history\""},
        {{TWO_ROWS}, -1, "epoch 2 of its history is invalid"},
        {{TWO_ROWS}, 1e15, "epoch 2 of its history is invalid"},
        {{TWO_ROWS}, (double)NAN, "epoch 2 of its history is invalid"},
        {{TWO_ROWS}, 3, "tensor '0.weight' is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double rows[16] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, cases[i].steps};
        fm_tensor tensor = cases[i].tensor;
        tensor.name = tensor.name ? tensor.name : "history";
        tensor.count = 16;
        if (tensor.type == FM_TENSOR_F64)
            tensor.doubles = rows;
        write_file(path_of(state), &tensor, 1, COLUMNS, NUMBERS("0", "0", "0", "0", "0", "2"));
        refuse(path_of(state), cases[i].why);
    }
}

/* Formats of older versions (epochs in the metadata) and of later ones (other columns). */
static void test_other_formats(void **state) {
    const char *path = path_of(state);
    write_file(path, NULL, 0, NULL, NUMBERS("0", "0", "0", "0", "0", "[[1,2,3,4,5,6,7,8]]"));
    refuse(path, "has a format that this version");
    write_file(path, NULL, 0, COLUMNS ",more", NUMBERS("0", "0", "0", "0", "0", "0"));
    refuse(path, "has a format that this version");
}

/* Each allocation fails, of saving and of loading: the earlier file stays. */
static void test_no_memory(void **state) {
    const char *path = path_of(state);
    fm_train_state *made = make_state();
    fm_train_state_free(reload(made, "note", path));
    for (int saves = 0; saves < 2; saves++) {
        int number = 1;
        for (int struck = 1; struck; number++) {
            fm_train_state *read = NULL;
            char *note = NULL;
            io_faults_arm(IO_CALLOC, number);
            int status = saves ? fm_train_state_save(made, "note", path, NULL)
                               : fm_train_state_load(&read, &note, path, NULL);
            struck = io_faults_struck(IO_CALLOC);
            assert_int_equal(status, struck ? FM_E_MEMORY : FM_OK);
            assert_int_equal(read != NULL, !saves && !struck);
            fm_train_state_free(read);
            free(note);
            assert_int_equal(temporary_count(*state), 1);
            assert_int_equal(fm_train_state_load(&read, &note, path, NULL), FM_OK);
            check_same(made, read);
            fm_train_state_free(read);
            free(note);
        }
        assert_true(number > 4);
    }
    fm_train_state_free(made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temporary_setup, temporary_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),      TEST(test_before_the_first_step),
        TEST(test_a_long_history),  TEST(test_every_flipped_bit_is_found),
        TEST(test_invalid_content), TEST(test_invalid_epochs),
        TEST(test_other_formats),   TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
