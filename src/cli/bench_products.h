/* bench --gemm: the matrix products alone. */
#ifndef FM_CLI_BENCH_PRODUCTS_H
#define FM_CLI_BENCH_PRODUCTS_H

#include "cli/command.h"
#include "cli/session.h"

/* Times each product of a step of the workload, by our own kernels and by CLBlast, on the device
 * that was asked for, else on every OpenCL device, and prints a table, or JSON. */
int cli_bench_products(const cli_workload *workload, const cli_common *common, fm_error *error);

#endif
