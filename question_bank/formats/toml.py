"""Questions as TOML: the authors' format, read strictly and written so that it reads back equal.

Whatever a question can be has a place in it. `code`, `topic`, `difficulty`, `audiences`,
`explanation` and `source` must be stated; what nobody knows is stated empty (difficulty: 0).
"""

from question_bank.formats.toml_reading import read
from question_bank.formats.toml_writing import write

__all__ = ["read", "write"]
