"""The default recipe in Keras: peer_train.py WEIGHTS.h5 DATA (with train/ and val/)"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402


def pictures(folder, shuffle):
    return keras.utils.image_dataset_from_directory(
        folder, image_size=(224, 224), batch_size=32, label_mode="categorical", shuffle=shuffle, seed=0)


def main(weights, data):
    base = keras.applications.MobileNetV2(alpha=0.35, include_top=False, input_shape=(224, 224, 3), weights=weights)
    base.trainable = False
    training = pictures(f"{data}/train", True)
    inputs = keras.Input((224, 224, 3))
    values = keras.applications.mobilenet_v2.preprocess_input(inputs)
    values = keras.layers.GlobalAveragePooling2D()(base(values, training=False))
    values = keras.layers.Dense(1024, activation="relu")(values)
    model = keras.Model(inputs, keras.layers.Dense(len(training.class_names), activation="softmax")(values))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(training, validation_data=pictures(f"{data}/val", False), epochs=10, verbose=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
