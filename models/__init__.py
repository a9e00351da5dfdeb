"""The networks that are compared: builders in backend-neutral Keras 3, and what each costs."""
