#include "train/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int fm_train_state_create(fm_train_state **out, fm_weights *weights, fm_error *error) {
    int status = fm_memory_allocate(out, 1, sizeof **out, "the training's state", error);
    if (!status)
        (*out)->weights = weights;
    return status;
}

void fm_train_state_clear(fm_train_state *state) {
    for (size_t i = 0; i < state->slot_count; i++)
        fm_weights_free(state->slot[i]);
    fm_weights_free(state->best);
    free(state->history);
    free(state->losses);
    free(state->classes);
}

void fm_train_state_free(fm_train_state *state) {
    if (!state)
        return;
    fm_train_state_clear(state);
    fm_weights_free(state->weights);
    free(state);
}

int fm_train_state_add_epoch(fm_train_state *state, const fm_epoch *epoch, fm_error *error) {
    fm_epoch *history;
    int status =
        fm_memory_allocate(&history, state->epochs + 1, sizeof *history, "the history", error);
    if (status)
        return status;
    if (state->epochs)
        memcpy(history, state->history, state->epochs * sizeof *history);
    free(state->history);
    state->history = history;
    state->history[state->epochs++] = *epoch;
    state->position = 0;
    state->seconds = 0;
    return FM_OK;
}

int fm_train_state_keep_best(fm_train_state *state, fm_error *error) {
    int status = FM_OK;
    if (!state->best)
        status = fm_weights_create(&state->best, fm_weights_architecture(state->weights), error);
    if (status)
        return status;
    fm_weights_copy(state->best, state->weights);
    state->best_epoch = state->epochs;
    return FM_OK;
}

int fm_train_state_add_slots(fm_train_state *state, size_t count, fm_error *error) {
    int status = FM_OK;
    while (!status && state->slot_count < count) {
        status = fm_weights_create(&state->slot[state->slot_count],
                                   fm_weights_architecture(state->weights), error);
        if (!status)
            state->slot_count++;
    }
    return status;
}

int fm_train_state_reserve(fm_train_state *state, size_t images, fm_error *error) {
    float *losses = NULL;
    uint8_t *classes = NULL;
    int status = fm_memory_allocate(&losses, images, sizeof *losses, "losses", error);
    if (!status)
        status = fm_memory_allocate(&classes, images, 1, "classes", error);
    if (status) {
        free(losses);
        return status;
    }
    if (state->position) {
        memcpy(losses, state->losses, state->position * sizeof *losses);
        memcpy(classes, state->classes, state->position);
    }
    free(state->losses);
    free(state->classes);
    state->losses = losses;
    state->classes = classes;
    return FM_OK;
}

uint64_t fm_train_state_epoch_steps(const fm_train_state *state, size_t batch_size) {
    return state->position / batch_size + (state->position % batch_size != 0);
}
