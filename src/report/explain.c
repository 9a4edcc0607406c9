#include "report/explain.h"

#include <string.h>

#include "base/count.h"

static const fm_explanation explanations[] = {
    {"training", "Training, validation and test set",
     "The network learns from the training images only. The validation images, which it never "
     "learns from, show how well it does on clothes it has not seen; settings are chosen by them. "
     "The test images are kept for one last look, so that no choice can have been made to please "
     "them."},
    {"accuracy", "Accuracy",
     "The share of images for which the network's first choice is the right class. Guessing at "
     "random among ten classes gives about 10 %."},
    {"loss", "Loss",
     "One number for how wrong the outputs are; training makes it smaller. Cross-entropy (ce) and "
     "negative log-likelihood (nll) look at the probability given to the right class: a mean of "
     "0.22 means that it was typically about 80 %, since e to the power -0.22 is 0.8. Mean squared "
     "error (mse) compares the ten outputs with 1 for the right class and 0 for the others."},
    {"epochs", "Epochs",
     "How often the network sees the whole training set. Too few, and it has not learnt what it "
     "could; beyond some point it only learns the training images by heart, and the validation "
     "accuracy no longer rises."},
    {"batch-size", "Batch size",
     "How many images are looked at before the weights are changed once. Small batches change them "
     "often and by noisier advice; large ones use the device better but change them less often in "
     "an epoch."},
    {"lr", "Learning rate",
     "How far the weights move at each change. Too small, and training crawls; too large, and it "
     "jumps past what it looks for, or never settles at all."},
    {"layers", "Hidden layers",
     "How many steps of computation stand between the pixels and the ten outputs. More layers can "
     "combine what earlier ones found, but are harder to train: what should be corrected in the "
     "first of them gets weaker or wilder on its way back through the others."},
    {"nodes", "Nodes",
     "How many numbers each hidden layer computes. More nodes can tell more apart, take longer, "
     "and make it easier to learn the training images by heart."},
    {"activation", "Activation",
     "What is done to each number between two layers. Without it, any stack of layers would be no "
     "more than a single one. relu makes what is negative zero; prelu multiplies it by a small "
     "factor that is learnt; elu bends it smoothly towards -1."},
    {"optimizer", "Optimizer",
     "The rule that turns gradients (which way, and how strongly, each weight influences the loss) "
     "into changes of the weights. sgd steps straight down; rmsprop and adam give each weight a "
     "step of its own, scaled by how large its gradients have been, and adam also keeps some of "
     "its earlier direction."},
    {"seed", "Seed",
     "Where the random numbers start: they make the first weights, the split of the images, and "
     "their order in each epoch. The same seed gives the same run again; other seeds show how much "
     "of a result is luck."},
    {"sd", "Mean and standard deviation",
     "The same experiment with other seeds gives slightly other results. Their mean is the better "
     "estimate; the standard deviation, drawn as bars, says how far single results lie from it. A "
     "difference that is small beside it may be chance."},
    {"precision", "Precision, recall, F1",
     "Of all images called a shirt, precision is the share that are shirts; of all shirts, recall "
     "is the share that were called so. F1 is their harmonic mean: high only when both are."},
    {"confusion", "Confusion matrix",
     "A row for each true class, a column for each answer. The diagonal counts what is right; the "
     "rest shows which clothes are taken for which."},
};

const fm_explanation *fm_explain_find(const char *name) {
    for (size_t i = 0; i < FM_COUNT(explanations); i++)
        if (!strcmp(explanations[i].name, name))
            return &explanations[i];
    return NULL;
}

void fm_explain_add(fm_html *page) {
    fm_html_details_begin(page, "What the words mean");
    fm_html_facts_begin(page);
    for (size_t i = 0; i < FM_COUNT(explanations); i++)
        fm_html_fact(page, explanations[i].title, "%s", explanations[i].text);
    fm_html_facts_end(page);
    fm_html_details_end(page);
}
