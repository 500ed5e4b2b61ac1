"""Language server of ``treehand lsp``."""

__all__: list[str] = []
