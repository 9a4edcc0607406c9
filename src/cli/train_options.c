#include "cli/train_options.h"

#include "base/count.h"
#include "cli/message.h"

int cli_loss_parse(void *value, const char *text, fm_error *error) {
    return fm_loss_parse(value, text, error);
}

static int parse_optimizer(void *value, const char *text, fm_error *error) {
    return fm_optimizer_parse(value, text, error);
}

#define AT(member) offsetof(cli_training, member)

#define UNLIMITED 1e38 /* within a float, in which devices compute */

const cli_option cli_training_options[] = {
    {"epochs", CLI_SIZE, 0, "N", "10",
     "passes over the training images; 0: only write the initial weights",
     .offset = AT(options.epochs), .high = 1e6},
    {"batch-size", CLI_SIZE, 0, "N", "128", "images per update; the last batch may be smaller",
     .offset = AT(options.batch_size), .low = 1, .high = 1e9},
    {"lr", CLI_REAL, 0, "X", "0.003", "learning rate", .offset = AT(options.optimizer.lr),
     .low_open = 1, .high = UNLIMITED},
    {"loss", CLI_PARSED, 0, "L", "ce",
     "ce (cross-entropy), nll (of the log-softmax: the same) or mse (against one-hot targets)",
     .offset = AT(options.loss), .parse = cli_loss_parse},
    {"optimizer", CLI_PARSED, 0, "O", "adam", "adam, sgd or rmsprop",
     .offset = AT(options.optimizer.kind), .parse = parse_optimizer},
    {"momentum", CLI_REAL, 0, "X", "0", "of sgd and rmsprop",
     .offset = AT(options.optimizer.momentum), .high = UNLIMITED},
    {"nesterov", CLI_FLAG, 0, NULL, NULL, "Nesterov's momentum, of sgd [off]",
     .offset = AT(options.optimizer.nesterov), .value = 1},
    {"weight-decay", CLI_REAL, 0, "X", "0", "added to the gradient, times the parameter",
     .offset = AT(options.optimizer.weight_decay), .high = UNLIMITED},
    {"beta1", CLI_REAL, 0, "X", "0.9", "of adam", .offset = AT(options.optimizer.beta1), .high = 1,
     .high_open = 1},
    {"beta2", CLI_REAL, 0, "X", "0.999", "of adam", .offset = AT(options.optimizer.beta2),
     .high = 1, .high_open = 1},
    {"eps", CLI_REAL, 0, "X", "1e-8", "of adam and rmsprop", .offset = AT(options.optimizer.eps),
     .high = UNLIMITED},
    {"alpha", CLI_REAL, 0, "X", "0.99", "of rmsprop", .offset = AT(options.optimizer.alpha),
     .high = 1},
    {"val-fraction", CLI_REAL, 0, "X", "0.2",
     "part of the training file that is kept for validation; 0: none",
     .offset = AT(options.val_fraction), .high = 1, .high_open = 1},
    {"no-shuffle", CLI_FLAG, 0, NULL, NULL,
     "take the images in file order, the first part for training [shuffled]",
     .offset = AT(in_order), .value = 1},
    {"max-steps", CLI_SIZE, 0, "N", NULL, "stop after so many updates [no limit]",
     .offset = AT(max_steps), .low = 1, .high = 1e15},
    {.name = NULL},
};

/* An option that has no effect is most likely a mistake, but does no harm. */
static void warn_unused(const fm_optimizer *optimizer, const cli_arguments *arguments) {
    static const struct {
        const char *option;
        int used[3]; /* by enum fm_optimizer_kind */
    } uses[] = {
        {"momentum", {[FM_SGD] = 1, [FM_RMSPROP] = 1}},
        {"nesterov", {[FM_SGD] = 1}},
        {"beta1", {[FM_ADAM] = 1}},
        {"beta2", {[FM_ADAM] = 1}},
        {"eps", {[FM_ADAM] = 1, [FM_RMSPROP] = 1}},
        {"alpha", {[FM_RMSPROP] = 1}},
    };
    for (size_t i = 0; i < FM_COUNT(uses); i++) {
        if (!uses[i].used[optimizer->kind] && cli_options_given(arguments, uses[i].option))
            cli_warning("--%s has no effect on %s", uses[i].option,
                        fm_optimizer_name(optimizer->kind));
    }
}

int cli_training_finish(fm_train_options *out, const cli_training *training, uint64_t seed,
                        const cli_arguments *arguments, fm_error *error) {
    *out = training->options;
    out->max_steps = training->max_steps;
    out->shuffle = !training->in_order;
    out->seed = seed;
    if (out->optimizer.kind == FM_SGD && out->optimizer.nesterov && out->optimizer.momentum <= 0)
        return fm_error_set(error, FM_E_ARGUMENT, "--nesterov", "needs a --momentum above 0");
    warn_unused(&out->optimizer, arguments);
    return FM_OK;
}
