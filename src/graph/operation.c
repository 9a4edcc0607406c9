#include "graph/operation.h"

/* Operands in the order of fm_node.operand: results first. */
#define BATCH(NAME, ACCESS, COLS)                                                                  \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_BATCH, .cols = (COLS)
#define MASK(NAME, ACCESS)                                                                         \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_MASK, .cols = FM_SIZE_OUTPUTS
#define PARTIAL(NAME, ACCESS)                                                                      \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_PARTIAL, .cols = FM_SIZE_ONE
#define PARAMETERS(NAME, ACCESS)                                                                   \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_PARAMETERS, .cols = FM_SIZE_INPUTS,      \
    .rows = FM_SIZE_OUTPUTS
#define SLOPE(NAME, ACCESS)                                                                        \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_PARAMETERS, .cols = FM_SIZE_ZERO,        \
    .rows = FM_SIZE_ONE
#define GRADIENT(NAME, ACCESS, COLS, ROWS)                                                         \
    .name = (NAME), .access = (ACCESS), .kind = FM_TENSOR_GRADIENT, .cols = (COLS), .rows = (ROWS)

static const fm_operation_info table[FM_OPERATIONS] = {
    [FM_OP_GATHER] = {.name = "gather",
                      .formula = "x[i] = images[order[first + i]] / 255",
                      .operand = {{BATCH("x", FM_WRITE, FM_SIZE_INPUTS)}},
                      .divisions = FM_BY_ROWS,
                      .sources = FM_USES_IMAGES,
                      .width = FM_SIZE_INPUTS},
    [FM_OP_LINEAR_FORWARD] = {.name = "linear_forward",
                              .formula = "y = activation(z), z = x W^T + b",
                              .operand = {{BATCH("y", FM_WRITE, FM_SIZE_OUTPUTS)},
                                          {BATCH("z", FM_WRITE, FM_SIZE_OUTPUTS), .optional = 1},
                                          {BATCH("x", FM_READ, FM_SIZE_INPUTS), .whole = 1},
                                          {PARAMETERS("parameters", FM_READ)},
                                          {SLOPE("slope", FM_READ), .optional = 1}},
                              .divisions = FM_BY_ROWS | FM_BY_COLUMNS,
                              .width = FM_SIZE_OUTPUTS,
                              .is_product = 1,
                              .sum = FM_SIZE_INPUTS},
    [FM_OP_DROPOUT_MASK] = {.name = "dropout_mask",
                            .formula =
                                "mask[i][c] = (16 random bits of seed, layer, epoch, image i, "
                                "column c) >= 65536 rate",
                            .operand = {{MASK("mask", FM_WRITE)}},
                            .divisions = FM_BY_ROWS,
                            .sources = FM_USES_IMAGES,
                            .width = FM_SIZE_OUTPUTS},
    [FM_OP_DROPOUT_FORWARD] = {.name = "dropout_forward",
                               .formula = "y = mask ? x / (1 - rate) : 0",
                               .operand = {{BATCH("y", FM_WRITE, FM_SIZE_OUTPUTS)},
                                           {BATCH("x", FM_READ, FM_SIZE_OUTPUTS)},
                                           {MASK("mask", FM_READ)}},
                               .divisions = FM_BY_ROWS | FM_BY_COLUMNS,
                               .width = FM_SIZE_OUTPUTS},
    [FM_OP_LOSS] = {.name = "loss",
                    .formula = "outcomes[first + i] = loss and argmax of logits[i] for "
                               "labels[order[first + i]]; dlogits = d(sum of losses) / batch_rows",
                    .operand = {{BATCH("dlogits", FM_WRITE, FM_SIZE_OUTPUTS), .optional = 1},
                                {BATCH("logits", FM_READ, FM_SIZE_OUTPUTS), .whole = 1}},
                    .divisions = FM_BY_ROWS,
                    .sources = FM_USES_LABELS | FM_USES_OUTCOMES,
                    .width = FM_SIZE_OUTPUTS},
    [FM_OP_LINEAR_BACKWARD_INPUT] =
        {.name = "linear_backward_input",
         .formula = "dx = (dy W) * activation'(z), where x = activation(z)",
         .operand = {{BATCH("dx", FM_WRITE, FM_SIZE_INPUTS)},
                     {BATCH("dy", FM_READ, FM_SIZE_OUTPUTS), .whole = 1},
                     {PARAMETERS("parameters", FM_READ)},
                     {BATCH("x", FM_READ, FM_SIZE_INPUTS), .optional = 1}},
         .divisions = FM_BY_ROWS | FM_BY_COLUMNS,
         .width = FM_SIZE_INPUTS,
         .is_product = 1,
         .sum = FM_SIZE_OUTPUTS},
    [FM_OP_DROPOUT_BACKWARD] = {.name = "dropout_backward",
                                .formula = "dy = mask ? dy / (1 - rate) : 0",
                                .operand = {{BATCH("dy", FM_READ_WRITE, FM_SIZE_OUTPUTS)},
                                            {MASK("mask", FM_READ)}},
                                .divisions = FM_BY_ROWS | FM_BY_COLUMNS,
                                .width = FM_SIZE_OUTPUTS},
    [FM_OP_ACTIVATION_BACKWARD] = {.name = "activation_backward",
                                   .formula = "dy = dy * activation'(z), where y = activation(z)",
                                   .operand = {{BATCH("dy", FM_READ_WRITE, FM_SIZE_OUTPUTS)},
                                               {BATCH("y", FM_READ, FM_SIZE_OUTPUTS)}},
                                   .divisions = FM_BY_ROWS | FM_BY_COLUMNS,
                                   .width = FM_SIZE_OUTPUTS},
    [FM_OP_PRELU_BACKWARD] = {.name = "prelu_backward",
                              .formula = "share[i] = sum of dy * z where z <= 0; "
                                         "dy = dy * (z > 0 ? 1 : slope)",
                              .operand = {{BATCH("dy", FM_READ_WRITE, FM_SIZE_OUTPUTS)},
                                          {PARTIAL("share", FM_WRITE)},
                                          {BATCH("z", FM_READ, FM_SIZE_OUTPUTS), .whole = 1},
                                          {SLOPE("slope", FM_READ)}},
                              .divisions = FM_BY_ROWS,
                              .width = FM_SIZE_OUTPUTS,
                              .sum = FM_SIZE_OUTPUTS},
    [FM_OP_LINEAR_BACKWARD_PARAMETERS] = {.name = "linear_backward_parameters",
                                          .formula =
                                              "gradient of W = dy^T x, of b = sum of dy's rows",
                                          .operand = {{GRADIENT("gradient", FM_WRITE,
                                                                FM_SIZE_INPUTS, FM_SIZE_OUTPUTS)},
                                                      {BATCH("x", FM_READ, FM_SIZE_INPUTS)},
                                                      {BATCH("dy", FM_READ, FM_SIZE_OUTPUTS)}},
                                          .divisions = FM_BY_PARAMETERS,
                                          .width = FM_SIZE_OUTPUTS,
                                          .is_product = 1,
                                          .sums_over_rows = 1},
    [FM_OP_PRELU_BACKWARD_SLOPE] = {.name = "prelu_backward_slope",
                                    .formula = "gradient = sum of share",
                                    .operand = {{GRADIENT("gradient", FM_WRITE, FM_SIZE_ZERO,
                                                          FM_SIZE_ONE)},
                                                {PARTIAL("share", FM_READ)}},
                                    .divisions = FM_BY_PARAMETERS,
                                    .width = FM_SIZE_ONE,
                                    .sums_over_rows = 1},
    [FM_OP_UPDATE] = {.name = "update",
                      .formula =
                          "new parameters and state, by the optimizer's rule (common/step.h)",
                      .operand = {{PARAMETERS("parameters", FM_READ_WRITE)},
                                  {GRADIENT("gradient", FM_READ, FM_SIZE_INPUTS, FM_SIZE_OUTPUTS)}},
                      .divisions = FM_BY_PARAMETERS,
                      .sources = FM_USES_UPDATE,
                      .width = FM_SIZE_OUTPUTS},
};

const fm_operation_info *fm_operation_get(enum fm_operation operation) {
    return &table[operation];
}
