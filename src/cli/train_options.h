/* The options that say how a network is trained. */
#ifndef FM_CLI_TRAIN_OPTIONS_H
#define FM_CLI_TRAIN_OPTIONS_H

#include "cli/options.h"
#include "fmnist_cl/trainer.h"

typedef struct cli_training {
    fm_train_options options; /* but for what stands below */
    size_t max_steps;         /* 0: not given */
    int in_order;
} cli_training;

extern const cli_option cli_training_options[];

/* What the options say, for the trainer. Warns of options that the optimiser makes no use of.
 * FM_E_ARGUMENT when they contradict each other. */
int cli_training_finish(fm_train_options *out, const cli_training *training, uint64_t seed,
                        const cli_arguments *arguments, fm_error *error);

/* For CLI_PARSED. */
int cli_loss_parse(void *value, const char *text, fm_error *error);

#endif
