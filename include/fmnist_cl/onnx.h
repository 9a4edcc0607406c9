/* Networks as ONNX models, for other programs to run. */
#ifndef FMNIST_CL_ONNX_H
#define FMNIST_CL_ONNX_H

#include "fmnist_cl/weights.h"

/* Writes an ONNX model (IR version 8, opset 17), whole or not at all. Its input "pixels" is float
 * [batch, inputs] with values from 0 to 255, its output "logits" float [batch, outputs]; batch is
 * free, the division by 255 part of the model. Weights keep the names that they have in safetensors
 * files; metadata say activation, architecture and, of 10 outputs, the class names.
 * FM_E_ARGUMENT when it would have more than the 2 GiB that such a file can hold; FM_E_FILE,
 * FM_E_MEMORY. */
int fm_onnx_write(const fm_weights *weights, const char *path, fm_error *error);

#endif
