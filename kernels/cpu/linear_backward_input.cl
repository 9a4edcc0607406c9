/* The gradient of a linear layer's input x = activation(z) on a CPU: dx = (dy W) * activation'(z).
 *
 *   dx, x        [rows][x_stride], `inputs` columns in use; dx is written up to the last whole panel
 *   dy           [rows][y_stride], `outputs` columns in use; the padding up to a whole panel is zero
 *   parameters   panels (cpu/panel.cl) */
#ifndef FM_CPU_LINEAR_BACKWARD_INPUT_CL
#define FM_CPU_LINEAR_BACKWARD_INPUT_CL

#include "common/activation.cl"
#include "cpu/panel.cl"

#ifndef INPUTS
#define INPUTS 6 /* per tile: 6 x 2 registers of sums leave 4 of AVX2's 16 for operands */
#endif

DEFINE_ACTIVATION_BACKWARD(activation_backward_vector, vector)

typedef struct {
    int activation, inputs, outputs, x_stride, y_stride;
} backward_t;

/* Transposes a block of PANEL x PANEL floats: to[j][i] = from[i][j]. OpenCL C 1.2 has no generic pointers,
 * so each address space needs its own function. */
#define DEFINE_TRANSPOSE(NAME, SPACE)                                                              \
    void NAME(SPACE float *restrict to, SPACE const float *restrict from, int stride) {            \
        for (int i = 0; i < PANEL; i += 4)                                                         \
            for (int j = 0; j < PANEL; j += 4) {                                                   \
                SPACE const float *f = from + i * stride + j;                                      \
                SPACE float *t = to + j * PANEL + i;                                               \
                float4 a = vload4(0, f), b = vload4(0, f + stride);                                \
                float4 c = vload4(0, f + 2 * stride), d = vload4(0, f + 3 * stride);               \
                vstore4((float4)(a.x, b.x, c.x, d.x), 0, t);                                       \
                vstore4((float4)(a.y, b.y, c.y, d.y), 0, t + PANEL);                               \
                vstore4((float4)(a.z, b.z, c.z, d.z), 0, t + 2 * PANEL);                           \
                vstore4((float4)(a.w, b.w, c.w, d.w), 0, t + 3 * PANEL);                           \
            }                                                                                      \
    }

DEFINE_TRANSPOSE(transpose_global, __global)
DEFINE_TRANSPOSE(transpose_private, __private)

/* Transposes PANEL rows of dy to transposed[output][row], so that an output of all rows is a vector. */
void transpose_rows(__global float *restrict transposed, __global const float *restrict dy,
                    int outputs, int stride) {
    for (int o = 0; o < outputs; o += PANEL)
        transpose_global(transposed + o * PANEL, dy + o, stride);
}

/* Computes dx = gradient * activation'(z), from x, for `height` rows and `width` inputs. The gradients
 * are in transposed[input][row]. Columns after the last input become zeros. */
void finish_backward(__global float *restrict dx, __global const float *restrict x, float *transposed,
                     int width, int height, backward_t b) {
    float block[PANEL * PANEL] __attribute__((aligned(4 * PANEL))); /* as a vector must be */
    for (int k = width; k % PANEL; k++)
        *(vector *)(transposed + k * PANEL) = 0.0f;
    for (int k = 0; k < width; k += PANEL) {
        transpose_private(block, transposed + k * PANEL, PANEL);
        for (int r = 0; r < height; r++) {
            size_t at = (size_t)r * b.x_stride + k;
            vector gradient = *(vector *)(block + r * PANEL);
            if (b.activation != ACTIVATION_IDENTITY)
                gradient = activation_backward_vector(gradient, *(__global const vector *)(x + at),
                                                      b.activation);
            *(__global vector *)(dx + at) = gradient;
        }
    }
}

/* Adds the outputs of the panels `first` to `end` - 1 to the gradients of INPUTS listed inputs in PANEL
 * rows. Panel 0 starts the sums. Vectors lie along the rows of the batch and are multiplied by single
 * weights.
 *
 *            PANEL rows
 *            o-------o
 *     INPUTS |       |   INPUTS vectors of sums, over the outputs
 *            o-------o */
void backward_tile(float *chunk, const ushort *list, __global const float *restrict transposed,
                   __global const float *restrict parameters, int first, int end, backward_t b) {
    vector sum[INPUTS];
    int at[INPUTS];
    UNROLL for (int j = 0; j < INPUTS; j++) {
        at[j] = list[j] * PANEL;
        sum[j] = first ? *(vector *)(chunk + at[j]) : 0.0f;
    }
    for (int panel = first; panel < end; panel++) {
        __global const float *w = parameters + (size_t)panel * (b.inputs + 1) * PANEL;
        __global const vector *g = (__global const vector *)transposed + panel * PANEL;
        int outputs = min(PANEL, b.outputs - panel * PANEL);
        for (int o = 0; o < outputs; o++) {
            vector column = g[o];
            UNROLL for (int j = 0; j < INPUTS; j++)
                sum[j] += w[at[j] + o] * column;
        }
    }
    UNROLL for (int j = 0; j < INPUTS; j++)
        *(vector *)(chunk + at[j]) = sum[j];
}

/* Lists which of the first `width` inputs are not zero in at least one of the rows: about half of a
 * ReLU's output. */
int list_inputs(ushort *list, __global const float *restrict x, int width, int rows, int stride) {
    uint bits[16] __attribute__((aligned(64))); /* as a vector must be */
    int count = 0, k = 0;
    for (; k + 16 <= width; k += 16) {
        uint16 sixteen = 0;
        for (int r = 0; r < rows; r++)
            sixteen |= as_uint16(vload16(0, x + r * stride + k));
        *(uint16 *)bits = sixteen << 1; /* -0 is zero too */
        UNROLL for (int i = 0; i < 16; i++) {
            list[count] = (ushort)(k + i);
            count += bits[i] != 0;
        }
    }
    for (; k < width; k++)
        list[count++] = (ushort)k;
    return count;
}

#define CHUNK (INPUTS * PANEL) /* inputs transposed back together: whole tiles and whole blocks */
#ifndef BLOCKS
#define BLOCKS 4 /* of PANEL rows that share a chunk of the weights */
#endif
#ifndef DEPTH
#define DEPTH 16 /* panels per chunk of weights: CHUNK x DEPTH x PANEL floats, 98 KB in the L2 cache */
#endif

/* Lists which of `width` inputs have a gradient in some of the rows: after a ReLU, those that are not
 * zero; otherwise all. Repeats the last input to fill a tile; returns the number of tiles. */
int list_gradients(ushort *list, __global const float *restrict x, int width, int rows,
                   backward_t b) {
    int count = width;
    if (b.activation == ACTIVATION_RELU)
        count = list_inputs(list, x, width, rows, b.x_stride);
    else
        for (int k = 0; k < width; k++)
            list[k] = (ushort)k;
    for (int i = count; count && i % INPUTS; i++)
        list[i] = list[count - 1];
    return (count + INPUTS - 1) / INPUTS;
}

/* Computes dx = (dy W) * activation'(z) for at most BLOCKS * PANEL rows and the inputs `first` to
 * `end` - 1. `first` is a multiple of PANEL; so is `end`, unless it is the number of inputs. The blocks
 * of dy are in transposed[block][output][row], `block_stride` floats apart. */
void backward_rows(__global float *restrict dx, __global const float *restrict transposed,
                   int block_stride, __global const float *restrict parameters,
                   __global const float *restrict x, int first, int end, int rows, backward_t b) {
    float kept[BLOCKS][CHUNK * PANEL] __attribute__((aligned(4 * PANEL)));
    ushort list[BLOCKS][CHUNK + INPUTS];
    int tiles[BLOCKS];
    int panels = (b.outputs + PANEL - 1) / PANEL;
    for (int begin = first; begin < end; begin += CHUNK) {
        int width = min(CHUNK, end - begin);
        for (int block = 0, row = 0; row < rows; block++, row += PANEL) {
            for (int k = 0; k < width; k++)
                *(vector *)(kept[block] + k * PANEL) = 0.0f;
            tiles[block] = list_gradients(list[block], x + (size_t)row * b.x_stride + begin, width,
                                          min(PANEL, rows - row), b);
        }
        for (int panel = 0; panel < panels; panel += DEPTH)
            for (int block = 0; block * PANEL < rows; block++)
                for (int t = 0; t < tiles[block]; t++)
                    backward_tile(kept[block], list[block] + t * INPUTS,
                                  transposed + (size_t)block * block_stride,
                                  parameters + begin * PANEL, panel, min(panel + DEPTH, panels), b);
        for (int block = 0, row = 0; row < rows; block++, row += PANEL) {
            size_t at = (size_t)row * b.x_stride + begin;
            finish_backward(dx + at, x + at, kept[block], width, min(PANEL, rows - row), b);
        }
    }
}

/* The sum of a vector's 16 elements. Not v.hi: Oclgrind takes element 11 for uninitialized. */
float sum_of(vector v) {
    float4 quarter[4] __attribute__((aligned(64)));
    *(vector *)quarter = v;
    float4 four = (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
    float2 two = four.lo + four.hi;
    return two.x + two.y;
}

/* The same as backward_rows for one row of a thin batch: an input's gradient is a dot product over the
 * outputs. */
void backward_input_row(__global float *restrict dx, __global const float *restrict dy,
                        __global const float *restrict parameters,
                        __global const float *restrict x, int first, int end, backward_t b) {
    int panels = (b.outputs + PANEL - 1) / PANEL;
    __global const vector *w = (__global const vector *)parameters;
    __global const vector *g = (__global const vector *)dy;
    for (int k = first; k < end; k++) {
        vector sum = 0.0f;
        for (int panel = 0; panel < panels; panel++)
            sum += w[(size_t)panel * (b.inputs + 1) + k] * g[panel];
        dx[k] = activation_backward(sum_of(sum), b.activation != ACTIVATION_IDENTITY ? x[k] : 0.0f,
                                    b.activation);
    }
}

#endif
