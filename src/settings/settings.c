#include "settings/settings.h"

#include <math.h>
#include <string.h>

#include "fmnist_cl/dataset.h"
#include "settings/enums.h"

/* ---- The table ---- */

#define AT(member) offsetof(fm_settings, member)

/* A list's values follow its count. */
_Static_assert(offsetof(fm_architecture, hidden) ==
                       offsetof(fm_architecture, hidden_count) + sizeof(size_t) &&
                   offsetof(fm_architecture, dropout) ==
                       offsetof(fm_architecture, dropout_count) + sizeof(size_t),
               "hidden layers and dropout are lists");

#define NETWORK(member, words)                                                                     \
    .offset = AT(architecture.member), .groups = FM_SETTINGS_NETWORK, .label = words
#define SHARED(member, words, more)                                                                \
    .offset = AT(options.member), .groups = FM_SETTINGS_TRAINING | (more), .label = words
#define TRAINING(member, words) SHARED(member, words, 0)
#define UNLIMITED               1e38 /* within the range of float, the devices' type */
#define ADAM                    (1u << FM_ADAM)
#define SGD                     (1u << FM_SGD)
#define RMSPROP                 (1u << FM_RMSPROP)

const fm_option fm_settings_table[] = {
    {"hidden", FM_OPTION_SIZES, 0, "W,W,...", "256,256", "widths of the hidden layers, or none",
     NETWORK(hidden_count, "Network"), .low = 1, .high = FM_MAX_WIDTH, .most = FM_MAX_HIDDEN},
    {"layers", FM_OPTION_COUNT, 0, "N", "2", "instead of --hidden: how many hidden layers",
     NETWORK(hidden_count, "Hidden layers"), .high = FM_MAX_HIDDEN, .most = FM_MAX_HIDDEN,
     .explore = {.values = "1,2,3,4,5,6,7,8"}},
    {"nodes", FM_OPTION_EACH, 0, "N", "256", "instead of --hidden: nodes in each of them",
     NETWORK(hidden_count, "Nodes"), .low = 1, .high = FM_MAX_WIDTH, .most = FM_MAX_HIDDEN,
     .unit = "in each hidden layer", .explore = {.values = "256,512,1024,2048", .log_axis = 1}},
    {"activation", FM_OPTION_CHOICE, 0, "A", "relu", "relu, prelu, elu or identity",
     NETWORK(activation, "Activation"), .names = fm_activation_names,
     .explore = {.values = "relu,prelu,elu"}},
    {"dropout", FM_OPTION_REALS, 0, "P[,P...]", "none",
     "probability that a hidden layer's output becomes 0 in training: one for all hidden layers, "
     "or "
     "one for each",
     NETWORK(dropout_count, "Dropout"), .high = 0.9999, .most = FM_MAX_HIDDEN, .only_training = 1,
     .explore = {.values = "0,0.1,0.2,0.3,0.5"}},
    {"epochs", FM_OPTION_SIZE, 0, "N", "10",
     "passes over the training images; 0: only write the initial weights",
     TRAINING(epochs, "Epochs"), .high = 1e6, .resume = FM_RESUME_MORE,
     .explore =
         {.values =
              "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30"}},
    {"batch-size", FM_OPTION_SIZE, 0, "N", "128",
     "images per update; the last batch may be smaller", TRAINING(batch_size, "Batch size"),
     .low = 1, .high = 1e9, .unit = "images",
     .explore = {.values = "1,8,16,32,64,128,256,512,1024", .log_axis = 1}},
    {"lr", FM_OPTION_REAL, 0, "X", "0.003", "learning rate",
     TRAINING(optimizer.lr, "Learning rate"), .low_open = 1, .high = UNLIMITED,
     .explore = {.values = "0.0001,0.0003,0.0007,0.001,0.003,0.01,0.03", .log_axis = 1}},
    {"loss", FM_OPTION_CHOICE, 0, "L", "ce",
     "ce (cross-entropy), nll (of the log-softmax, the same value) or mse (one-hot targets)",
     SHARED(loss, "Loss", FM_SETTINGS_LOSS), .names = fm_loss_names,
     .explore = {.values = "ce,nll,mse"}},
    {"optimizer", FM_OPTION_CHOICE, 0, "O", "adam", "adam, sgd or rmsprop",
     TRAINING(optimizer.kind, "Optimizer"), .names = fm_optimizer_names,
     .explore = {.values = "adam,sgd,rmsprop"}},
    {"momentum", FM_OPTION_REAL, 0, "X", "0", "of sgd and rmsprop",
     TRAINING(optimizer.momentum, "Momentum"), .high = UNLIMITED, .used_by = SGD | RMSPROP},
    {"nesterov", FM_OPTION_FLAG, 0, NULL, NULL, "Nesterov's momentum, of sgd [off]",
     TRAINING(optimizer.nesterov, "Nesterov"), .value = 1, .words = {"no", "yes"}, .used_by = SGD},
    {"weight-decay", FM_OPTION_REAL, 0, "X", "0", "added to the gradient, times the parameter",
     TRAINING(optimizer.weight_decay, "Weight decay"), .high = UNLIMITED},
    {"beta1", FM_OPTION_REAL, 0, "X", "0.9", "of adam", TRAINING(optimizer.beta1, "beta1"),
     .high = 1, .high_open = 1, .used_by = ADAM},
    {"beta2", FM_OPTION_REAL, 0, "X", "0.999", "of adam", TRAINING(optimizer.beta2, "beta2"),
     .high = 1, .high_open = 1, .used_by = ADAM},
    {"eps", FM_OPTION_REAL, 0, "X", "1e-8", "of adam and rmsprop", TRAINING(optimizer.eps, "eps"),
     .high = UNLIMITED, .used_by = ADAM | RMSPROP},
    {"alpha", FM_OPTION_REAL, 0, "X", "0.99", "of rmsprop", TRAINING(optimizer.alpha, "alpha"),
     .high = 1, .used_by = RMSPROP},
    {"val-fraction", FM_OPTION_REAL, 0, "X", "0.2",
     "fraction of the training file used for validation; 0: none",
     SHARED(val_fraction, "Share for validation", FM_SETTINGS_SPLIT), .high = 1, .high_open = 1},
    {"no-shuffle", FM_OPTION_FLAG, 0, NULL, NULL,
     "use the images in file order, the first part for training [shuffled]",
     SHARED(shuffle, "Order", FM_SETTINGS_SPLIT), .value = 0,
     .words = {"shuffled in each epoch", "as in the file"}},
    {"max-steps", FM_OPTION_UNSIGNED, 0, "N", "none", "stop after N updates",
     TRAINING(max_steps, "At most"), .low = 1, .high = 1e15, .or_none = 1, .unit = "updates"},
    {"seed", FM_OPTION_UNSIGNED, 0, "N", "0", "seed of all random numbers",
     .offset = AT(options.seed), .label = "Seed"},
    {.name = NULL},
};

const fm_option *fm_settings_find(const char *name) {
    for (const fm_option *row = fm_settings_table; row->name; row++)
        if (!strcmp(row->name, name))
            return row;
    return NULL;
}

int fm_settings_lacks_layers(const fm_settings *settings, const fm_option *row) {
    return (row->groups & FM_SETTINGS_NETWORK) && row->offset != AT(architecture.hidden_count) &&
           !settings->architecture.hidden_count;
}

int fm_settings_uses(const fm_settings *settings, const fm_option *row) {
    return !fm_settings_lacks_layers(settings, row) &&
           (!row->used_by || (row->used_by >> settings->options.optimizer.kind & 1));
}

/* ---- All settings ---- */

void fm_settings_init(fm_settings *out) {
    *out = (fm_settings){.architecture = {.inputs = FM_PIXELS, .outputs = FM_CLASSES}};
    for (const fm_option *row = fm_settings_table; row->name; row++)
        (void)fm_option_reset(out, row, NULL);
}

/* Checks the rows of a group; group 0: all rows. */
static int check(const fm_settings *settings, unsigned group, fm_error *error) {
    int status = FM_OK;
    for (const fm_option *row = fm_settings_table; !status && row->name; row++)
        if (!fm_option_is_alias(row) && (!group || (row->groups & group)))
            status = fm_option_check(settings, row, error);
    return status;
}

int fm_settings_check(const fm_settings *settings, fm_error *error) {
    const fm_optimizer *o = &settings->options.optimizer;
    int status = check(settings, 0, error);
    if (!status)
        status = fm_settings_check_network(&settings->architecture, error);
    if (!status && o->nesterov && (o->kind != FM_SGD || o->momentum == 0))
        status = fm_error_set(error, FM_E_ARGUMENT, "nesterov", "needs sgd with momentum above 0");
    return status;
}

int fm_settings_check_network(const fm_architecture *a, fm_error *error) {
    const fm_settings settings = {.architecture = *a};
    int status = check(&settings, FM_SETTINGS_NETWORK, error);
    if (!status && a->dropout_count > 1 && a->dropout_count != a->hidden_count)
        status = fm_error_set(
            error, FM_E_ARGUMENT, "dropout",
            "there are %zu probabilities; expected one, or one for each of %zu hidden layers",
            a->dropout_count, a->hidden_count);
    return status;
}

/* ---- Parts of the settings ---- */

void fm_train_options_init(fm_train_options *out) {
    fm_settings settings;
    fm_settings_init(&settings);
    *out = settings.options;
}

int fm_train_options_check(const fm_train_options *options, size_t images, fm_error *error) {
    fm_settings settings;
    fm_settings_init(&settings);
    settings.options = *options;
    int status = fm_settings_check(&settings, error);
    if (status)
        return status;
    size_t val = (size_t)round((double)images * options->val_fraction);
    if (val >= images)
        return fm_error_set(error, FM_E_ARGUMENT, "val-fraction",
                            "%g of %zu images leaves no training images", options->val_fraction,
                            images);
    if (options->batch_size > images - val)
        return fm_error_set(error, FM_E_ARGUMENT, "batch-size",
                            "%zu is not 1 to %zu, the number of training images",
                            options->batch_size, images - val);
    return FM_OK;
}

void fm_optimizer_init(fm_optimizer *out, enum fm_optimizer_kind kind) {
    fm_settings settings;
    fm_settings_init(&settings);
    *out = settings.options.optimizer;
    out->kind = kind;
}

int fm_optimizer_check(const fm_optimizer *optimizer, fm_error *error) {
    fm_settings settings;
    fm_settings_init(&settings);
    settings.options.optimizer = *optimizer;
    return fm_settings_check(&settings, error);
}
