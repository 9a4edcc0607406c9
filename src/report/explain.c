#include "report/explain.h"

#include <string.h>

#include "base/count.h"

static const fm_explanation explanations[] = {
    {"training", "Training, validation and test set",
     "The network learns only from the training images. The validation images show how well it "
     "works on images that it has not seen; they are used to choose settings. The test images "
     "are used once, at the end, so that no choice depends on them."},
    {"accuracy", "Accuracy",
     "The share of images for which the network predicts the right class. Guessing at random "
     "among ten classes gives about 10 %."},
    {"loss", "Loss",
     "One number for how wrong the outputs are; training makes it smaller. Cross-entropy (ce) and "
     "negative log-likelihood (nll) look at the probability given to the right class: a mean of "
     "0.22 means that it was typically about 80 %, since e to the power -0.22 is 0.8. Mean squared "
     "error (mse) compares the ten outputs with 1 for the right class and 0 for the others."},
    {"epochs", "Epochs",
     "How often the network sees the whole training set. With too few epochs, it has not learnt "
     "all it could; after some point it only memorizes the training images, and the validation "
     "accuracy no longer rises."},
    {"batch-size", "Batch size",
     "How many images are processed for each update of the weights. Small batches update them "
     "often, with noisy gradients; large ones use the device better, but give fewer updates per "
     "epoch."},
    {"lr", "Learning rate",
     "How far each update moves the weights. If it is too small, training is slow; if it is too "
     "large, training overshoots or does not converge."},
    {"layers", "Hidden layers",
     "How many layers of computation are between the pixels and the ten outputs. More layers can "
     "combine what earlier ones found, but are harder to train: the gradients get weaker or "
     "wilder on their way back to the first layers."},
    {"nodes", "Nodes",
     "How many numbers each hidden layer computes. More nodes can distinguish more, take longer, "
     "and make it easier to memorize the training images."},
    {"activation", "Activation",
     "The function applied to each number between two layers. Without it, several layers could "
     "compute no more than a single one. relu sets negative numbers to 0; prelu multiplies them "
     "by a small factor that is learnt; elu bends them smoothly towards -1."},
    {"optimizer", "Optimizer",
     "The rule that turns gradients (the direction and strength of each weight's influence on "
     "the loss) into changes of the weights. sgd follows the gradient; rmsprop and adam scale "
     "each weight's step by the size of its past gradients, and adam also averages the direction "
     "over past steps."},
    {"seed", "Seed",
     "The start of the random numbers for the initial weights, the split of the images, and "
     "their order in each epoch. The same seed repeats the same run; other seeds show how much "
     "of a result is chance."},
    {"sd", "Mean and standard deviation",
     "Repeating an experiment with other seeds gives slightly different results. Their mean is "
     "the better estimate; the standard deviation, drawn as bars, says how far single results "
     "are from it. A difference that is small compared with it may be chance."},
    {"difference", "Difference to the best, verdict",
     "Values are compared with the same seeds. The interval contains the true difference with 95 % "
     "confidence, for all values at the same time. Equivalent: the whole interval is within the "
     "margin. Worse: the whole interval is below 0. Undecided: more seeds are needed. Failed: a "
     "training had non-finite numbers or ended no better than guessing."},
    {"precision", "Precision, recall, F1",
     "Of all images predicted as shirts, precision is the share that are shirts. Of all shirts, "
     "recall is the share that were predicted as shirts. F1 is their harmonic mean: high only if "
     "both are."},
    {"confusion", "Confusion matrix",
     "A row for each true class, a column for each prediction. The diagonal counts correct "
     "predictions; the other cells show which classes are confused."},
};

const fm_explanation *fm_explain_find(const char *name) {
    for (size_t i = 0; i < FM_COUNT(explanations); i++)
        if (!strcmp(explanations[i].name, name))
            return &explanations[i];
    return NULL;
}

void fm_explain_add(fm_html *page) {
    fm_html_details_begin(page, "Glossary");
    fm_html_facts_begin(page);
    for (size_t i = 0; i < FM_COUNT(explanations); i++)
        fm_html_fact(page, explanations[i].title, "%s", explanations[i].text);
    fm_html_facts_end(page);
    fm_html_details_end(page);
}
