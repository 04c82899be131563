"""Makes the data file of the line classifier from labelled scrapes; no part of the product."""
