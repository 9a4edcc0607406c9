/* A fake OpenCL driver for tests: its platforms and devices fail in the ways that the environment
 * variable FM_TEST_FAKE_ICD lists. It answers queries, accepts kernels but cannot build them, and
 * does nothing else. The system's OpenCL loader loads it through an .icd file. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl_icd.h>

#include "support/fake_icd.h"

enum { PLATFORMS = 32 };

/* The behaviour that each word selects. All other answers are those of a normal GPU. */
static const struct behaviour {
    const char *word;
    cl_int ids;           /* what clGetDeviceIDs returns */
    cl_uint count;        /* reported number of devices */
    cl_device_type type;  /* reported type; 0: a GPU */
    cl_device_info fails; /* the query that fails; 1: all queries */
    const char *name;
    const char *version;
    unsigned unavailable : 1, no_compiler : 1, no_device : 1, absurd : 1, endless : 1;
} behaviours[] = {
    {.word = "gpu", .count = 1},
    {.word = "twins", .count = 2},
    {.word = "accelerator", .count = 1, .type = CL_DEVICE_TYPE_ACCELERATOR},
    {.word = "cpu", .count = 1, .type = CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_DEFAULT},
    {.word = "custom", .count = 1, .type = CL_DEVICE_TYPE_CUSTOM},
    {.word = "empty", .ids = CL_DEVICE_NOT_FOUND},
    {.word = "zero"},
    {.word = "refusing", .ids = CL_OUT_OF_HOST_MEMORY},
    {.word = "many", .count = 100000},
    {.word = "null", .count = 1, .no_device = 1},
    {.word = "mute", .count = 1, .fails = 1},
    {.word = "typeless", .count = 1, .fails = CL_DEVICE_TYPE},
    {.word = "undecided", .count = 1, .fails = CL_DEVICE_AVAILABLE},
    {.word = "nolimits", .count = 1, .fails = CL_DEVICE_GLOBAL_MEM_SIZE},
    {.word = "undriven", .count = 1, .fails = CL_DRIVER_VERSION},
    {.word = "absent", .count = 1, .unavailable = 1},
    {.word = "mechanical", .count = 1, .no_compiler = 1},
    {.word = "old", .count = 1, .version = "OpenCL 1.1 Fake"},
    {.word = "new", .count = 1, .version = "OpenCL 3.0 Fake"},
    {.word = "garbled", .count = 1, .version = "rubbish"},
    {.word = "nameless", .count = 1, .name = " \t "},
    {.word = "short", .count = 1, .type = CL_DEVICE_TYPE_CPU, .name = "Device"},
    {.word = "rude",
     .count = 1,
     .name = "\033[31m  red\r\n\x80\xff \xc3\xa9\xc2\x9b"
             "1m \x7f"},
    {.word = "absurd", .count = 1, .absurd = 1},
    {.word = "endless", .count = 1, .endless = 1},
    {.word = "unbuilding", .count = 1, .type = CL_DEVICE_TYPE_ACCELERATOR},
    {.word = "vectorless",
     .count = 1,
     .type = CL_DEVICE_TYPE_ACCELERATOR,
     .fails = CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT},
};

/* The loader expects the dispatch table at the start of each object. */
struct _cl_platform_id {
    struct _cl_icd_dispatch *dispatch;
    const struct behaviour *behaviour;
};
struct _cl_device_id {
    struct _cl_icd_dispatch *dispatch;
    const struct behaviour *behaviour;
};

/* One struct serves as context, queue and program. */
struct object {
    struct _cl_icd_dispatch *dispatch;
};

static struct _cl_icd_dispatch dispatch;
static struct object object = {&dispatch};
static struct _cl_platform_id platforms[PLATFORMS];
static struct _cl_device_id devices[PLATFORMS];
static cl_uint platform_count;
static bool nothing; /* return success, but no platform */

static cl_int answer(const void *bytes, size_t length, size_t size, void *out, size_t *needed) {
    if (needed)
        *needed = length;
    if (out && size < length)
        return CL_INVALID_VALUE;
    if (out)
        memcpy(out, bytes, length);
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t size, void *out, size_t *needed) {
    return answer(text, strlen(text) + 1, size, out, needed);
}

static cl_int CL_API_CALL platform_info(cl_platform_id platform, cl_platform_info what, size_t size,
                                        void *out, size_t *needed) {
    char name[64];
    switch (what) {
    case CL_PLATFORM_PROFILE:
        return answer_text("FULL_PROFILE", size, out, needed);
    case CL_PLATFORM_VERSION:
        return answer_text("OpenCL 1.2 Fake", size, out, needed);
    case CL_PLATFORM_NAME:
        snprintf(name, sizeof name, "Fake %s", platform->behaviour->word);
        return answer_text(name, size, out, needed);
    case CL_PLATFORM_VENDOR:
        return answer_text("fmnist-cl tests", size, out, needed);
    case CL_PLATFORM_EXTENSIONS:
        return answer_text("cl_khr_icd", size, out, needed);
    case CL_PLATFORM_ICD_SUFFIX_KHR:
        return answer_text("FAKE", size, out, needed);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL device_ids(cl_platform_id platform, cl_device_type type, cl_uint size,
                                     cl_device_id *out, cl_uint *count) {
    const struct behaviour *behaviour = platform->behaviour;
    cl_device_type mine = behaviour->type ? behaviour->type : CL_DEVICE_TYPE_GPU;
    if (behaviour->ids != CL_SUCCESS)
        return behaviour->ids;
    if (type != CL_DEVICE_TYPE_ALL && !(type & mine))
        return CL_DEVICE_NOT_FOUND;
    if (count)
        *count = behaviour->count;
    for (cl_uint i = 0; out && i < size && i < behaviour->count; i++)
        out[i] = behaviour->no_device ? NULL : &devices[platform - platforms];
    return CL_SUCCESS;
}

static cl_int device_text(const struct behaviour *behaviour, cl_device_info what, size_t size,
                          void *out, size_t *needed) {
    char name[64];
    switch (what) {
    case CL_DEVICE_NAME:
        snprintf(name, sizeof name, "Device %s", behaviour->word);
        if (behaviour->endless && needed) {
            *needed = (size_t)1 << 40;
            return CL_SUCCESS;
        }
        return answer_text(behaviour->name ? behaviour->name : name, size, out, needed);
    case CL_DEVICE_VERSION:
        return answer_text(behaviour->version ? behaviour->version : "OpenCL 1.2 Fake", size, out,
                           needed);
    case CL_DEVICE_OPENCL_C_VERSION:
        return answer_text("OpenCL C 1.2 Fake", size, out, needed);
    case CL_DRIVER_VERSION:
        return answer_text("0.1", size, out, needed);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL device_info(cl_device_id device, cl_device_info what, size_t size,
                                      void *out, size_t *needed) {
    const struct behaviour *behaviour = device->behaviour;
    if (behaviour->fails == 1 || behaviour->fails == what)
        return CL_OUT_OF_RESOURCES;
    cl_device_type type = behaviour->type ? behaviour->type : CL_DEVICE_TYPE_GPU;
    cl_bool available = !behaviour->unavailable, compiler = !behaviour->no_compiler;
    cl_uint units = behaviour->absurd ? 0 : 12;
    cl_ulong bytes = behaviour->absurd ? CL_ULONG_MAX : (cl_ulong)8 << 30, local = 32 << 10;
    cl_uint width = 1;
    size_t items = 256;
    switch (what) {
    case CL_DEVICE_TYPE:
        return answer(&type, sizeof type, size, out, needed);
    case CL_DEVICE_AVAILABLE:
        return answer(&available, sizeof available, size, out, needed);
    case CL_DEVICE_COMPILER_AVAILABLE:
        return answer(&compiler, sizeof compiler, size, out, needed);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
        return answer(&units, sizeof units, size, out, needed);
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT:
        return answer(&width, sizeof width, size, out, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        return answer(&items, sizeof items, size, out, needed);
    case CL_DEVICE_LOCAL_MEM_SIZE:
        return answer(&local, sizeof local, size, out, needed);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
        return answer(&bytes, sizeof bytes, size, out, needed);
    default:
        return device_text(behaviour, what, size, out, needed);
    }
}

/* ---- Kernels that fail to build ---- */

static cl_context CL_API_CALL create_context(const cl_context_properties *properties, cl_uint count,
                                             const cl_device_id *of,
                                             void(CL_CALLBACK *notify)(const char *, const void *,
                                                                       size_t, void *),
                                             void *data, cl_int *code) {
    (void)properties, (void)count, (void)of, (void)notify, (void)data;
    *code = CL_SUCCESS;
    return (cl_context)(void *)&object;
}

static cl_command_queue CL_API_CALL create_queue(cl_context context, cl_device_id device,
                                                 cl_command_queue_properties properties,
                                                 cl_int *code) {
    (void)context, (void)device, (void)properties;
    *code = CL_SUCCESS;
    return (cl_command_queue)(void *)&object;
}

static cl_program CL_API_CALL create_program(cl_context context, cl_uint count,
                                             const char **sources, const size_t *lengths,
                                             cl_int *code) {
    (void)context, (void)count, (void)sources, (void)lengths;
    *code = CL_SUCCESS;
    return (cl_program)(void *)&object;
}

static cl_int CL_API_CALL build(cl_program program, cl_uint count, const cl_device_id *of,
                                const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                                void *data) {
    (void)program, (void)count, (void)of, (void)options, (void)notify, (void)data;
    return CL_BUILD_PROGRAM_FAILURE;
}

static cl_int CL_API_CALL build_info(cl_program program, cl_device_id device,
                                     cl_program_build_info what, size_t size, void *out,
                                     size_t *needed) {
    (void)program, (void)device, (void)what;
    return answer_text("this compiler compiles nothing", size, out, needed);
}

static cl_int CL_API_CALL no_info(cl_command_queue queue, cl_command_queue_info what, size_t size,
                                  void *out, size_t *needed) {
    (void)queue, (void)what, (void)size, (void)out, (void)needed;
    return CL_INVALID_VALUE;
}

static cl_int CL_API_CALL release_context(cl_context context) {
    (void)context;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL release_queue(cl_command_queue queue) {
    (void)queue;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL release_program(cl_program program) {
    (void)program;
    return CL_SUCCESS;
}

/* Parses the words once. An unknown word is a mistake in the test and ends the process. */
static void wake_up(void) {
    char words[512];
    const char *asked = getenv(FAKE_ICD_VARIABLE);
    if (platform_count > 0 || !asked)
        return;
    nothing = strcmp(asked, FAKE_ICD_NOTHING) == 0;
    if (nothing)
        return;
    dispatch.clGetPlatformInfo = platform_info;
    dispatch.clGetDeviceIDs = device_ids;
    dispatch.clGetDeviceInfo = device_info;
    dispatch.clCreateContext = create_context;
    dispatch.clReleaseContext = release_context;
    dispatch.clCreateCommandQueue = create_queue;
    dispatch.clGetCommandQueueInfo = no_info;
    dispatch.clFinish = release_queue;
    dispatch.clReleaseCommandQueue = release_queue;
    dispatch.clCreateProgramWithSource = create_program;
    dispatch.clBuildProgram = build;
    dispatch.clGetProgramBuildInfo = build_info;
    dispatch.clReleaseProgram = release_program;
    snprintf(words, sizeof words, "%s", asked);
    for (char *rest = words, *word; (word = strtok_r(rest, ",", &rest));) {
        const struct behaviour *found = NULL;
        for (size_t i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++) {
            if (strcmp(behaviours[i].word, word) == 0)
                found = &behaviours[i];
        }
        if (!found || platform_count == PLATFORMS)
            abort();
        platforms[platform_count] = (struct _cl_platform_id){&dispatch, found};
        devices[platform_count] = (struct _cl_device_id){&dispatch, found};
        platform_count++;
    }
}

static cl_int CL_API_CALL platform_ids(cl_uint size, cl_platform_id *out, cl_uint *count) {
    wake_up();
    if (platform_count == 0 && !nothing)
        return CL_PLATFORM_NOT_FOUND_KHR;
    if (count)
        *count = platform_count;
    for (cl_uint i = 0; out && i < size && i < platform_count; i++)
        out[i] = &platforms[i];
    return CL_SUCCESS;
}

/* The only symbol that the loader looks up; it gets the rest through it and the dispatch table. The
 * function types are written out because their names in cl_icd.h differ between versions. */
void *CL_API_CALL clGetExtensionFunctionAddress(const char *name) {
    void *address = NULL;
    cl_int(CL_API_CALL * ids)(cl_uint, cl_platform_id *, cl_uint *) = platform_ids;
    cl_int(CL_API_CALL * info)(cl_platform_id, cl_platform_info, size_t, void *, size_t *) =
        platform_info;
    if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
        memcpy(&address, &ids, sizeof address);
    else if (strcmp(name, "clGetPlatformInfo") == 0)
        memcpy(&address, &info, sizeof address);
    return address;
}
