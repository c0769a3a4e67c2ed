"""The features of a folder's pictures in Keras: peer_extract.py WEIGHTS.h5 DATA OUT.npy"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402


def main(weights, data, output):
    model = keras.applications.MobileNetV2(
        alpha=0.35, include_top=False, input_shape=(224, 224, 3), weights=weights, pooling="avg")
    pictures = keras.utils.image_dataset_from_directory(
        data, image_size=(224, 224), batch_size=32, labels=None, shuffle=False)
    prepared = pictures.map(keras.applications.mobilenet_v2.preprocess_input)
    np.save(output, model.predict(prepared, verbose=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
