/* CLBlast's matrix products. A call allocates, and launches two or three kernels. */
#ifndef FM_BACKEND_GPU_CLBLAST_H
#define FM_BACKEND_GPU_CLBLAST_H

#include "backend/gpu/gpu_launch.h"

fm_gpu_product fm_clblast_product;

#endif
