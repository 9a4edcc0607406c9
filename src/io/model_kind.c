#include "io/model_kind.h"

#include <string.h>

#include "base/count.h"
#include "base/file_kind.h"

#define TORCH_HINT                                                                                 \
    "save its state_dict in PyTorch: safetensors.torch.save_file(model.state_dict(), "             \
    "\"weights.safetensors\")"

/* A kind begins with `begin`, from byte `at` on; `content`, if not NULL, follows soon after. The
 * first row that fits counts. */
static const struct kind {
    const char *begin;
    size_t at;
    const char *content, *name, *hint;
} kinds[] = {
    {"version https://git-lfs", 0, NULL, "a Git LFS pointer, without the file's content",
     "get the content: git lfs pull"},
    {"PK\3\4", 0, "data.pkl", "a PyTorch file (a zip archive of pickles)", TORCH_HINT},
    {"PK\3\4", 0, ".npy", "a NumPy archive (.npz)",
     "convert it in Python: safetensors.numpy.save_file(dict(numpy.load(FILE)), "
     "\"weights.safetensors\")"},
    {"PK\3\4", 0, ".json", "a zip archive, perhaps a Keras model (.keras)",
     "save its layers' kernels and biases with safetensors.numpy.save_file"},
    {"PK\3\4", 0, NULL, "a zip archive", "unpack it first, or, if PyTorch wrote it, " TORCH_HINT},
    {"\x80\2", 0, NULL, "a Python pickle, such as an old PyTorch file", TORCH_HINT},
    {"\x80\3", 0, NULL, "a Python pickle", TORCH_HINT},
    {"\x80\4", 0, NULL, "a Python pickle", TORCH_HINT},
    {"\x80\5", 0, NULL, "a Python pickle", TORCH_HINT},
    {"\x89HDF\r\n", 0, NULL, "an HDF5 file, such as a Keras model (.h5)",
     "save its layers' kernels and biases with safetensors.numpy.save_file"},
    {"\x93NUMPY", 0, NULL, "a NumPy array (.npy)",
     "save all arrays with safetensors.numpy.save_file"},
    {"GGUF", 0, NULL, "a GGUF file", "use the safetensors file that it was made from"},
    {"TFL3", 4, NULL, "a TensorFlow Lite model",
     "save the layers of the model that it was made from with safetensors.numpy.save_file"},
    {"{", 0, "\"weight_map\"", "the index of a model that is saved in several files",
     "save it in one file: safetensors.torch.save_file(state_dict, \"weights.safetensors\")"},
    {"\x1f\x8b", 0, NULL, "gzip compressed data", "unpack it first: gunzip"},
};

static int contains(const char *bytes, size_t size, const char *text) {
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= size; i++)
        if (!memcmp(bytes + i, text, length))
            return 1;
    return 0;
}

static int fits(const struct kind *kind, const char *bytes, size_t size) {
    const size_t length = strlen(kind->begin);
    return size >= kind->at + length && !memcmp(bytes + kind->at, kind->begin, length) &&
           (!kind->content || contains(bytes, size, kind->content));
}

/* An ONNX model is a protobuf message. Its first field is the IR version, a small number. The next
 * one is the producer's name or another one of the fields 2 to 8 and 14. */
static int is_onnx(const char *bytes, size_t size) {
    return size > 3 && bytes[0] == 8 && bytes[1] > 0 && bytes[1] < 32 && bytes[2] &&
           strchr("\x12\x1a\x22\x28\x32\x3a\x42\x72", bytes[2]);
}

static int refuse(const char *path, const char *name, const char *hint, fm_error *error) {
    fm_error_set(error, FM_E_FORMAT, path, "is not a safetensors file: it is %s", name);
    fm_error_hint(error, "%s", hint);
    return FM_E_FORMAT;
}

int fm_model_kind_refuse(const void *bytes, size_t size, const char *path, fm_error *error) {
    char name[FM_FILE_KIND_TEXT];
    for (size_t i = 0; i < FM_COUNT(kinds); i++)
        if (fits(&kinds[i], bytes, size))
            return refuse(path, kinds[i].name, kinds[i].hint, error);
    if (is_onnx(bytes, size))
        return refuse(path, "an ONNX model (protobuf)",
                      "give the safetensors file or run folder that it was exported from", error);
    fm_file_kind(name, bytes, size);
    return refuse(path, name,
                  strstr(name, "HTML") ? "it is a web page; download the file itself"
                                       : "give a run folder or a safetensors file of weights",
                  error);
}
