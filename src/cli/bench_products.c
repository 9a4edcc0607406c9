#include "cli/bench_products.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "fmnist_cl/products.h"
#include "io/json.h"

enum { NATIVE, CLBLAST, WAYS };

/* The results of one device. */
typedef struct result {
    const fm_device_info *info;
    size_t ways; /* 1 without CLBlast */
    size_t count;
    fm_product product[FM_MOST_PRODUCTS];
    double seconds[FM_MOST_PRODUCTS][WAYS];
    double total[WAYS];
} result;

static int measure_products(result *r, fm_device *const *devices, const cli_common *common,
                            fm_error *error) {
    cli_progress progress;
    int status = FM_OK;
    cli_progress_start(&progress, common->verbosity, 0);
    for (size_t i = 0; !status && i < r->count; i++) {
        char tail[64];
        snprintf(tail, sizeof tail, "product %zu of %zu", i + 1, r->count);
        cli_progress_bar(&progress, "measuring", (double)i / (double)r->count, tail);
        status = fm_product_measure(r->seconds[i], devices, r->ways, &r->product[i], error);
        for (size_t way = 0; !status && way < r->ways; way++)
            r->total[way] += r->seconds[i][way];
        if (!status && cli_interrupt_pending())
            status = fm_error_set(error, FM_E_INTERRUPTED, "interrupted", "no results are kept");
    }
    cli_progress_clear(&progress);
    return status;
}

static int measure(result *r, const fm_device_list *list, const cli_workload *workload,
                   const cli_common *common, fm_error *error) {
    fm_device *devices[WAYS] = {NULL};
    const fm_device_info *info = r->info;
    if (common->verbosity >= 0)
        cli_note("measuring %s", info->name);
    r->ways = info->type != FM_DEVICE_REFERENCE && fm_gemm_has_clblast() ? WAYS : 1;
    r->count = fm_products_list(r->product, workload->architecture, workload->batch_size);
    int status =
        cli_device_open(&devices[NATIVE], list, info, FM_GEMM_NATIVE, workload, common, error);
    if (!status && r->ways == WAYS)
        status = fm_device_open(&devices[CLBLAST], list, info->number, FM_GEMM_CLBLAST, error);
    if (!status)
        status = measure_products(r, devices, common, error);
    fm_device_close(devices[CLBLAST]);
    fm_device_close(devices[NATIVE]);
    return status;
}

/* ---- Results ---- */

/* The product's sizes in BLAS terms: result [m x n], summed over k. */
static void sizes_of(size_t *m, size_t *n, size_t *k, const fm_product *p) {
    *m = p->kind == FM_PRODUCT_PARAMETERS ? p->outputs : p->rows;
    *n = p->kind == FM_PRODUCT_FORWARD ? p->outputs : p->inputs;
    *k = p->kind == FM_PRODUCT_FORWARD ? p->inputs
         : p->kind == FM_PRODUCT_INPUT ? p->outputs
                                       : p->rows;
}

static void print_way(double seconds, double flop) {
    printf("  %11.4f  %8.1f", 1e3 * seconds, 1e-9 * flop / seconds);
}

static void print_row(const char *name, const char *sizes, const double *seconds, size_t ways,
                      double flop) {
    printf("%-14s  %-19s", name, sizes);
    print_way(seconds[NATIVE], flop);
    if (ways == WAYS) {
        print_way(seconds[CLBLAST], flop);
        printf("  %6.2f", seconds[CLBLAST] / seconds[NATIVE]);
    }
    putchar('\n');
}

static void print_text(const result *r, const cli_workload *workload) {
    char network[512];
    double flop = 0;
    fm_architecture_text(network, sizeof network, workload->architecture);
    printf("%s, batches of %zu, on %s: m x n over k\n\n", network, workload->batch_size,
           r->info->name);
    printf("%-14s  %-19s  %11s  %8s", "product", "size", "native, ms", "GFLOP/s");
    printf(r->ways == WAYS ? "  %11s  %8s  %6s\n" : "\n", "CLBlast, ms", "GFLOP/s", "ratio");
    for (size_t i = 0; i < r->count; i++) {
        const fm_product *p = &r->product[i];
        char name[32], sizes[72];
        size_t m, n, k;
        sizes_of(&m, &n, &k, p);
        snprintf(name, sizeof name, "%s %zu", fm_product_name(p->kind), p->layer + 1);
        snprintf(sizes, sizeof sizes, "%zu x %zu x %zu", m, n, k);
        print_row(name, sizes, r->seconds[i], r->ways, fm_product_flop(p));
        flop += fm_product_flop(p);
    }
    print_row("whole step", "", r->total, r->ways, flop);
}

static json_t *seconds_json(const result *r, const double *seconds, size_t way) {
    return way < r->ways ? fm_json_real(seconds[way]) : json_null();
}

static json_t *result_json(const result *r) {
    json_t *products = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const fm_product *p = &r->product[i];
        size_t m, n, k;
        sizes_of(&m, &n, &k, p);
        fm_json_append(&products,
                       json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "product",
                                 fm_product_name(p->kind), "layer", (json_int_t)p->layer + 1, "m",
                                 (json_int_t)m, "n", (json_int_t)n, "k", (json_int_t)k, "flop",
                                 fm_json_real(fm_product_flop(p)), "native_seconds",
                                 seconds_json(r, r->seconds[i], NATIVE), "clblast_seconds",
                                 seconds_json(r, r->seconds[i], CLBLAST)));
    }
    return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o}", "device", r->info->number, "name",
                     fm_json_text(r->info->name), "type", fm_device_type_name(r->info->type),
                     "products", products, "native_seconds", seconds_json(r, r->total, NATIVE),
                     "clblast_seconds", seconds_json(r, r->total, CLBLAST));
}

/* ---- */

static int measure_all(json_t **results, const fm_device_list *list, const cli_workload *workload,
                       const cli_common *common, fm_error *error) {
    const fm_device_info *only = NULL;
    result *r = NULL;
    int is_first = 1;
    int status = cli_device_choose(&only, list, common, error);
    if (!status)
        status = fm_memory_allocate(&r, 1, sizeof *r, "results", error);
    for (size_t i = 0; !status && i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        if (common->device ? info != only : info->type == FM_DEVICE_REFERENCE)
            continue;
        *r = (result){.info = info};
        status = measure(r, list, workload, common, error);
        if (status)
            break;
        if (common->json) {
            fm_json_append(results, result_json(r));
        } else {
            fputs(is_first ? "" : "\n", stdout);
            print_text(r, workload);
        }
        is_first = 0;
    }
    free(r);
    return status;
}

int cli_bench_products(const cli_workload *workload, const cli_common *common, fm_error *error) {
    fm_device_list *list = NULL;
    json_t *results = json_array();
    char network[512];
    int status = fm_device_list_create(&list, error);
    cli_interrupt_catch();
    if (!status)
        status = measure_all(&results, list, workload, common, error);
    fm_device_list_free(list);
    if (status || !common->json) {
        json_decref(results);
        return status;
    }
    fm_architecture_text(network, sizeof network, workload->architecture);
    return cli_json_print(json_pack("{s:s, s:I, s:o}", "network", network, "batch_size",
                                    (json_int_t)workload->batch_size, "results", results),
                          error);
}
