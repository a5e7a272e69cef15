"""Carriers that are reached by HTTP, with requests and answers as the settings describe them."""
