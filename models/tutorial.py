"""The tutorial as it is told: load, scale, build, train, observe.

    python -m bench.models.tutorial              three epochs over all of MNIST: some minutes on two cores
    python -m bench.models.tutorial 3000         a first try on 3,000 images of each half: a minute, less accurate

Told, not measured: nothing is timed or kept here, and one seed is an anecdote. The last line says how to check it.
"""

import click


@click.command(help=__doc__.partition("\n")[0])
@click.argument("num_examples", required=False, type=click.IntRange(10, 10_000))
def main(num_examples):
    """Train the tutorial's LSTM on `num_examples` of each half of MNIST, or on all of it, and print what it reaches."""
    from bench.data.load import load_dataset
    from bench.data.scaling import prepare
    from bench.models.lstm import build_lstm
    from bench.networks.training import compile_model

    # Load: 60,000 handwritten digits to train on and 10,000 to test with, 28 × 28 pixels each.
    mnist = load_dataset("mnist", train_size=num_examples, test_size=num_examples)
    print(f"loaded {mnist.info.num_train:,} + {mnist.info.num_test:,} images of {mnist.info.example_shape} pixels")

    # Scale: pixels / 255. Without it the network learns next to nothing, as the tutorial's author found out.
    # A row of pixels is a step, so an image is a sequence of 28 steps with 28 features.
    digits = prepare(mnist, scaling="unit", layout="sequence")

    # Build: two LSTM layers of 128 units, dropout between them, a dense layer, and ten probabilities.
    model = build_lstm(input_shape=digits.x_train.shape[1:], num_classes=mnist.info.num_classes)
    model.summary()

    # Train: Adam, rate 1e-3 that decays with every update, batches of 32, three epochs.
    compile_model(model)
    history = model.fit(
        digits.x_train,
        digits.y_train,
        batch_size=32,
        epochs=3,
        validation_data=(digits.x_test, digits.y_test),
        verbose=2,
    )

    # Observe: on all of MNIST about 0.95, 0.97 and 0.98.
    for epoch, accuracy in enumerate(history.history["val_accuracy"], start=1):
        print(f"epoch {epoch}: {accuracy:.4f} of the test images are recognized")
    print("\nA CNN beside it, times, and a report, in one command:\n\n    python -m bench run tutorial")


if __name__ == "__main__":
    main()
