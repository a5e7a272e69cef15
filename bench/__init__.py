"""Measurements on one machine: figures of the product, each beside a reference measured in the same run."""
