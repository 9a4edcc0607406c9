"""scikit-learn's MLPClassifier in float32. A call of partial_fit trains one epoch."""

import numpy
import sklearn
from sklearn.neural_network import MLPClassifier

from . import common


class ScikitLearn:
    name = "scikit-learn"
    versions = {"scikit-learn": sklearn.__version__}

    def __init__(self, options):
        self.options = options
        self.model = MLPClassifier(
            hidden_layer_sizes=options.hidden, activation="relu", solver="adam", alpha=0,
            batch_size=options.batch_size, learning_rate_init=options.lr, random_state=0,
        )  # fmt: skip

    def place(self, images):
        return images.astype(numpy.float32) / 255

    def labels(self, labels):
        return labels

    def epoch(self, images, labels, steps):
        count = steps * self.options.batch_size
        # partial_fit shuffles the images. Passing fewer images trains a part of an epoch.
        self.model.partial_fit(images[:count], labels[:count], classes=range(common.CLASSES))
        return float(self.model.loss_)

    def logits(self, images):
        return None  # only probabilities are available

    def save(self, folder):
        arrays = [*self.model.coefs_, *self.model.intercepts_]
        numpy.savez(folder / "weights.npz", *arrays)


if __name__ == "__main__":
    common.main(ScikitLearn)
