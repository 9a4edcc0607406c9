/* Exports networks as ONNX models. */
#ifndef FMNIST_CL_ONNX_H
#define FMNIST_CL_ONNX_H

#include "fmnist_cl/decls.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

/* Writes an ONNX model (IR version 8, opset 17) atomically. The input "pixels" is float [batch,
 * inputs] with values from 0 to 255; the output "logits" is float [batch, outputs]. batch is
 * variable, and the model includes the division by 255. Weights have the same names as in
 * safetensors files. The metadata contains activation, architecture and, for 10 outputs, the class
 * names. FM_E_ARGUMENT if the model exceeds 2 GiB, the limit of ONNX files; FM_E_FILE, FM_E_MEMORY.
 */
int fm_onnx_write(const fm_weights *weights, const char *path, fm_error *error);

FM_END_DECLS

#endif
