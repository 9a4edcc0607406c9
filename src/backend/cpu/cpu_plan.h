/* A plan of the CPU back end: each graph as a few phases, one launch each (kernels/cpu/phases.cl).
 *
 *   nodes of the graph ──> operations (fm_cpu_op), an update fused with its gradient
 *                      ──> phases: consecutive operations whose work is divided in the same way */
#ifndef FM_BACKEND_CPU_CPU_PLAN_H
#define FM_BACKEND_CPU_CPU_PLAN_H

#include "backend/backend_table.h"

int fm_cpu_plan_compile(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *error);
int fm_cpu_plan_run(fm_plan *base, size_t graph, fm_samples *samples, fm_outcomes *outcomes,
                    const fm_step *step, fm_error *error);
void fm_cpu_plan_free(fm_plan *base);

#endif
