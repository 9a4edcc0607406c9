#include "report/settings_html.h"

#include <inttypes.h>

#include "report/run_command.h"

static void add_fact_number(fm_html *page, const char *name, double value) {
    fm_text text = {0};
    fm_run_command_number(&text, value);
    fm_html_fact(page, name, "%s", text.failed ? "" : text.bytes);
    page->text.failed |= text.failed;
    fm_text_free(&text);
}

static void add_layers(fm_html *page, const fm_architecture *architecture) {
    fm_text text = {0};
    fm_text_print(&text, "%zu", architecture->inputs);
    for (size_t i = 0; i < architecture->hidden_count; i++)
        fm_text_print(&text, " \xe2\x86\x92 %zu", architecture->hidden[i]);
    fm_text_print(&text, " \xe2\x86\x92 %zu", architecture->outputs);
    fm_html_fact(page, "Network", "%s (%zu parameters)", text.failed ? "" : text.bytes,
                 fm_architecture_parameter_count(architecture));
    page->text.failed |= text.failed;
    fm_text_free(&text);
}

static void add_network(fm_html *page, const fm_architecture *architecture, enum fm_factor varied) {
    if (varied == FM_FACTOR_LAYERS)
        fm_html_fact(page, "Nodes", "%zu in each hidden layer", architecture->hidden[0]);
    else if (varied == FM_FACTOR_NODES)
        fm_html_fact(page, "Hidden layers", "%zu", architecture->hidden_count);
    else
        add_layers(page, architecture);
    if (varied != FM_FACTOR_ACTIVATION)
        fm_html_fact(page, "Activation", "%s",
                     architecture->hidden_count ? fm_activation_name(architecture->activation)
                                                : "none: there is no hidden layer");
}

static void add_optimizer(fm_html *page, const fm_optimizer *optimizer, enum fm_factor varied) {
    if (varied != FM_FACTOR_OPTIMIZER)
        fm_html_fact(page, "Optimizer", "%s", fm_optimizer_name(optimizer->kind));
    if (varied != FM_FACTOR_LR)
        add_fact_number(page, "Learning rate", optimizer->lr);
    if (optimizer->kind == FM_ADAM) {
        add_fact_number(page, "beta1", optimizer->beta1);
        add_fact_number(page, "beta2", optimizer->beta2);
    } else {
        add_fact_number(page, "Momentum", optimizer->momentum);
    }
    if (optimizer->kind == FM_RMSPROP)
        add_fact_number(page, "alpha", optimizer->alpha);
    if (optimizer->kind != FM_SGD)
        add_fact_number(page, "eps", optimizer->eps);
    else
        fm_html_fact(page, "Nesterov", "%s", optimizer->nesterov ? "yes" : "no");
    add_fact_number(page, "Weight decay", optimizer->weight_decay);
}

void fm_settings_html_add(fm_html *page, const fm_architecture *architecture,
                          const fm_train_options *options, enum fm_factor varied) {
    add_network(page, architecture, varied);
    if (varied != FM_FACTOR_LOSS)
        fm_html_fact(page, "Loss", "%s", fm_loss_name(options->loss));
    if (varied != FM_FACTOR_EPOCHS)
        fm_html_fact(page, "Epochs", "%zu", options->epochs);
    if (options->max_steps)
        fm_html_fact(page, "At most", "%" PRIu64 " updates", options->max_steps);
    if (varied != FM_FACTOR_BATCH_SIZE)
        fm_html_fact(page, "Batch size", "%zu", options->batch_size);
    add_optimizer(page, &options->optimizer, varied);
    add_fact_number(page, "Share for validation", options->val_fraction);
    fm_html_fact(page, "Order", "%s",
                 options->shuffle ? "shuffled in each epoch" : "as in the file");
    fm_html_fact(page, varied == FM_FACTOR_FINAL ? "Seed" : "First seed", "%" PRIu64,
                 options->seed);
}

void fm_settings_html_add_device(fm_html *page, const fm_device_info *device, enum fm_gemm gemm) {
    fm_html_fact(page, "Device", "%s (%s)", device->name, fm_device_type_name(device->type));
    fm_html_fact(page, "Platform", "%s", device->platform);
    if (device->opencl_c[0])
        fm_html_fact(page, "Language", "%s", device->opencl_c);
    if (device->driver[0])
        fm_html_fact(page, "Driver", "%s", device->driver);
    if (device->compute_units)
        fm_html_fact(page, "Compute units", "%u", device->compute_units);
    if (device->memory_bytes)
        fm_html_fact(page, "Memory", "%.1f GiB", (double)device->memory_bytes / (1 << 30));
    fm_html_fact(page, "Matrix products", "%s", fm_gemm_name(gemm));
}

void fm_settings_html_add_sums(fm_html *page, const fm_dataset *dataset) {
    static const char *const heads[] = {"file", "SHA-256"};
    fm_html_table_begin(page, "The data set's files", heads, "ll");
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(dataset, i);
        fm_html_row(page);
        fm_html_cell(page, "%s", file->name);
        fm_html_cell(page, "%s", file->sha256);
    }
    fm_html_table_end(page);
}
