"""The words of the project as frozen types. Standard library only; see each module for its part of the vocabulary."""
