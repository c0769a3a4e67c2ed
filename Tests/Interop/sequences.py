"""Rows of the table of kinds: layers over sequences and frames, as image models make them of their pictures."""

from whole import Model, labelled, one

SEQUENCE = (7, 6)
FRAMES = (3, 9, 8, 3)


def table():
    yield from _distributed()
    yield from _attention()
    yield from _einsum_dense()
    yield from _embedding()
    yield from _one_dimension()


def _distributed():
    def row(name, layer, shape=FRAMES, **options):
        return Model(f"TimeDistributed-{name}", lambda library, x: library.layers.TimeDistributed(layer(library))(x),
                     shape=shape, **options)
    yield row("Conv2D", lambda library: library.layers.Conv2D(4, 3, activation="relu"), everywhere=True)
    yield row("Conv2D-strides", lambda library: library.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False))
    yield row("BatchNormalization", lambda library: library.layers.BatchNormalization())
    yield row("Dense", lambda library: library.layers.Dense(5), shape=SEQUENCE)
    yield row("Flatten", lambda library: library.layers.Flatten())
    yield row("MaxPooling2D", lambda library: library.layers.MaxPooling2D(2))
    yield row("GlobalAveragePooling2D", lambda library: library.layers.GlobalAveragePooling2D())
    yield row("Sequential", _small, everywhere=True)
    yield row("Model", _small_functional)
    yield Model("TimeDistributed-chain", _frames, shape=FRAMES)


def _small(library):
    layers = library.layers
    return library.Sequential([library.Input(FRAMES[1:]), layers.Conv2D(4, 3, activation="relu"),
                               layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(5)])


def _small_functional(library):
    layers, picture = library.layers, library.Input(FRAMES[1:])
    x = layers.Conv2D(3, 3, padding="same")(picture)
    return library.Model(picture, layers.GlobalMaxPooling2D()(layers.Add()([x, picture])))


def _frames(library, x):
    """A classifier of short films."""
    layers = library.layers
    for layer in (layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
                  layers.Dropout(0.2)):
        x = layers.TimeDistributed(layer)(x)
    return layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x))


def _attention():
    for name, options in {
            "": {}, "-value_dim": dict(value_dim=5), "-no-bias": dict(use_bias=False),
            "-output_shape": dict(output_shape=8), "-dropout": dict(dropout=0.2)}.items():
        yield Model(f"MultiHeadAttention{name}", _self_attention(2, 4, **options), shape=SEQUENCE, everywhere=not name)
    for heads in (1, 3, 5):
        yield Model(f"MultiHeadAttention-heads-{heads}", _self_attention(heads, 3), shape=SEQUENCE)
    for axes in ((1, 2), (2,), (1,)):
        label = "_".join(map(str, axes))
        yield Model(f"MultiHeadAttention-axes-{label}", _self_attention(2, 4, attention_axes=axes), shape=(4, 5, 6))
    yield Model("MultiHeadAttention-sliding-window", _self_attention(2, 4, sliding_window=3), shape=SEQUENCE,
                libraries=("keras-3",))
    yield Model("MultiHeadAttention-gate", _self_attention(2, 4, use_gate=True), shape=SEQUENCE, libraries=("keras-3",))
    yield Model("MultiHeadAttention-query", _cross_attention)
    yield Model("MultiHeadAttention-key", _keyed_attention)
    yield Model("MultiHeadAttention-patches", _patches, everywhere=True)
    yield Model("GroupQueryAttention", lambda library, x: library.layers.GroupQueryAttention(4, 6, 2)(x, x),
                shape=SEQUENCE, libraries=("keras-3",))
    for kind, options in (("Attention", {}), ("Attention", dict(use_scale=True)), ("AdditiveAttention", {}),
                          ("AdditiveAttention", dict(use_scale=False)), ("Attention", dict(score_mode="concat")),
                          ("Attention", dict(score_mode="concat", use_scale=True))):
        yield Model(labelled(kind, options), _attention_layer(2, kind, **options),
                    unreadable=_of_products(kind, options))
    yield Model("Attention-key", _attention_layer(3, "Attention", use_scale=True),
                unreadable=_of_products("Attention", {}))


def _of_products(kind, options):
    """Keras 3 takes the name of the score, "dot", for a function of its own where it reads an .h5 file."""
    return ("keras-3.h5",) if kind == "Attention" and "score_mode" not in options else ()


def _self_attention(*arguments, **options):
    return lambda library, x: library.layers.MultiHeadAttention(*arguments, **options)(x, x)


def _tokens(library, x, features):
    return library.layers.Reshape((-1, features))(library.layers.Conv2D(features, 3, strides=2)(x))


def _cross_attention(library, x):
    queries = library.layers.Reshape((36, 6))(x)
    return library.layers.MultiHeadAttention(2, 4, name="cross")(queries, _tokens(library, x, 5))


def _keyed_attention(library, x):
    layers = library.layers
    values, keys = _tokens(library, x, 5), _tokens(library, x, 7)
    return layers.MultiHeadAttention(2, 4)(layers.Reshape((36, 6))(x), values, key=keys)


def _patches(library, x):
    """A block of a transformer over patches."""
    layers = library.layers
    x = _tokens(library, x, 8)
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    x = layers.Add()([layers.MultiHeadAttention(2, 4, dropout=0.1)(y, y), x])
    y = layers.Dense(16, activation="gelu")(layers.LayerNormalization(epsilon=1e-6)(x))
    return layers.Flatten()(layers.Add()([layers.Dense(8)(y), x]))


def _attention_layer(count, kind, **options):
    """Of a query and values, and keys where there are three."""
    def build(library, x):
        return getattr(library.layers, kind)(**options)([_tokens(library, x, 5) for _ in range(count)])
    return build


def _einsum_dense():
    for name, equation, output, bias, shape in (
            ("tokens", "abc,cd->abd", (None, 8), "d", SEQUENCE), ("no-bias", "abc,cd->abd", (None, 8), None, SEQUENCE),
            ("heads", "abc,cde->abde", (None, 2, 4), "de", SEQUENCE), ("mixing", "abc,bd->adc", (5, 6), "d", SEQUENCE),
            ("vector", "ab,bc->ac", 8, "c", (11,)), ("picture", "abcd,de->abce", (None, None, 4), "e", (9, 8, 3)),
            ("everything", "abcd,bcde->ae", 4, "e", (5, 4, 3)), ("dots", "...x,xy->...y", 4, "y", (9, 8, 3))):
        yield Model(f"EinsumDense-{name}", one("EinsumDense", equation, output_shape=output, bias_axes=bias),
                    shape=shape)
    yield Model("EinsumDense-activation", one("EinsumDense", "abc,cd->abd", output_shape=(None, 8), bias_axes="d",
                                               activation="relu"), shape=SEQUENCE)


def _embedding():
    yield Model("Embedding", one("Embedding", 10, 4), shape=(12,), span=(0, 10))
    yield Model("Embedding-picture", one("Embedding", 10, 4), shape=(5, 4), span=(0, 10), everywhere=True)
    yield Model("Embedding-pooled", lambda library, x: library.layers.GlobalAveragePooling1D()(
        library.layers.Embedding(10, 4)(x)), shape=(12,), span=(0, 10))


def _one_dimension():
    tokens = (20, 6)
    for name, options in {
            "": {}, "-strides": dict(strides=2, padding="same"), "-dilation": dict(dilation_rate=2, padding="same"),
            "-causal": dict(padding="causal"), "-causal-dilation": dict(padding="causal", dilation_rate=3),
            "-groups": dict(groups=2), "-no-bias": dict(use_bias=False, activation="relu")}.items():
        yield Model(f"Conv1D{name}", one("Conv1D", 4, 3, **options), shape=tokens)
    for name, kind, arguments, options in (
            ("Conv1DTranspose", "Conv1DTranspose", (4, 3), dict(strides=2, padding="same")),
            ("Conv1DTranspose-valid", "Conv1DTranspose", (4, 3), dict(strides=2)),
            ("SeparableConv1D", "SeparableConv1D", (4, 3), dict(padding="same", depth_multiplier=2)),
            ("DepthwiseConv1D", "DepthwiseConv1D", (3,), dict(strides=2)),
            ("MaxPooling1D", "MaxPooling1D", (2,), {}),
            ("MaxPooling1D-same", "MaxPooling1D", (3, 2), dict(padding="same")),
            ("AveragePooling1D", "AveragePooling1D", (2,), {}),
            ("AveragePooling1D-same", "AveragePooling1D", (3, 2), dict(padding="same")),
            ("GlobalAveragePooling1D", "GlobalAveragePooling1D", (), {}),
            ("GlobalAveragePooling1D-keepdims", "GlobalAveragePooling1D", (), dict(keepdims=True)),
            ("GlobalMaxPooling1D", "GlobalMaxPooling1D", (), {}), ("UpSampling1D", "UpSampling1D", (3,), {}),
            ("ZeroPadding1D", "ZeroPadding1D", ((1, 2),), {}), ("Cropping1D", "Cropping1D", ((1, 2),), {}),
            ("SpatialDropout1D", "SpatialDropout1D", (0.2,), {}), ("Flatten-sequence", "Flatten", (), {}),
            ("BatchNormalization-sequence", "BatchNormalization", (), {}),
            ("LayerNormalization-sequence", "LayerNormalization", (), {})):
        yield Model(name, one(kind, *arguments, **options), shape=tokens)
    yield Model("Masking", one("Masking", 0.0), shape=tokens)
    yield Model("convolutions-over-rows", _rows_of_a_picture)


def _rows_of_a_picture(library, x):
    layers = library.layers
    x = layers.MaxPooling1D(2)(layers.Conv1D(8, 3, padding="same", activation="relu")(layers.Reshape((9, 24))(x)))
    return layers.Dense(4)(layers.GlobalAveragePooling1D()(x))
