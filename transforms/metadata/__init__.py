"""What a page states about itself, each value with its evidence; read from the tree, which is not changed."""

from transforms.metadata.page import Beside, Metadata, of_record, read
from transforms.metadata.row import beside, columns

__all__ = ["Beside", "Metadata", "beside", "columns", "of_record", "read"]
