"""What the pre-flight looks at: the data, the model, and what training will take; and how it says what it found."""
