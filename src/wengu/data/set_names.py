"""What people call the sets, in small letters, and the set that each name means."""

SET_NAMES = {
    "train": "train", "training": "train",
    "train-dev": "train-dev", "train_dev": "train-dev", "traindev": "train-dev", "training-dev": "train-dev",
    "dev": "dev", "development": "dev", "val": "dev", "valid": "dev", "validation": "dev",
    "test": "test", "testing": "test",
}  # fmt: skip
