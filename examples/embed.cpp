// Embeds a trained network in a C++ program: reads a safetensors file and classifies an image of 28
// x 28 bytes from stdin (0 is black, 255 white; a photograph of an object on black).
//
//     embed trained.safetensors <image.bytes
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmnist_cl/dataset.h>
#include <fmnist_cl/device.h>
#include <fmnist_cl/network.h>
#include <fmnist_cl/weights.h>

namespace {

// Turns a failure into an exception.
void check(int status, const fm_error &error) {
    if (status != FM_OK)
        throw std::runtime_error(std::string(error.what) + ": " + error.why);
}

template <typename T, void (*free)(T *)> struct Free {
    void operator()(T *object) const {
        free(object);
    }
};
using DeviceList = std::unique_ptr<fm_device_list, Free<fm_device_list, fm_device_list_free>>;
using Device = std::unique_ptr<fm_device, Free<fm_device, fm_device_close>>;
using Weights = std::unique_ptr<fm_weights, Free<fm_weights, fm_weights_free>>;
using Network = std::unique_ptr<fm_network, Free<fm_network, fm_network_free>>;

// A network on the reference, which computes without OpenCL: the right choice for single images.
class Classifier {
  public:
    explicit Classifier(const char *path) {
        fm_error error = {};
        fm_device_list *list = nullptr;
        check(fm_device_list_create(&list, &error), error);
        const DeviceList owner(list);
        const fm_device_info *chosen = nullptr;
        check(fm_device_list_choose(&chosen, list, "reference", &error), error);
        fm_device *device = nullptr;
        check(fm_device_open(&device, list, chosen->number, FM_GEMM_AUTO, &error), error);
        device_.reset(device);
        fm_weights *weights = nullptr;
        check(fm_weights_load(&weights, path, &error), error);
        const Weights loaded(weights);
        const fm_architecture *architecture = fm_weights_architecture(weights);
        if (architecture->inputs != FM_PIXELS || architecture->outputs != FM_CLASSES) {
            throw std::runtime_error(std::string(path) + ": not a network for Fashion-MNIST");
        }
        fm_network *network = nullptr;
        check(fm_network_create(&network, device, weights, 1, nullptr, &error), error);
        network_.reset(network);
    }

    // The class of one image of FM_PIXELS bytes.
    unsigned classify(const std::vector<std::uint8_t> &pixels) const {
        fm_error error = {};
        const fm_images image = {1, FM_PIXELS, pixels.data(), nullptr};
        float logits[FM_CLASSES];
        check(fm_network_predict(logits, network_.get(), &image, &error), error);
        return unsigned(std::max_element(logits, logits + FM_CLASSES) - logits);
    }

  private:
    Device device_; // outlives the network
    Network network_;
};

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: embed WEIGHTS.safetensors <IMAGE\n");
        return 2;
    }
    try {
        std::vector<std::uint8_t> pixels(FM_PIXELS);
        if (std::fread(pixels.data(), 1, pixels.size(), stdin) != pixels.size()) {
            throw std::runtime_error("stdin: fewer than 784 bytes");
        }
        std::printf("%s\n", fm_dataset_class_name(Classifier(argv[1]).classify(pixels)));
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
