"""Pure painting: values in, text and segments out."""
