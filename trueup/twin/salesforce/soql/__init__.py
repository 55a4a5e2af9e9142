"""SOQL: text to tokens, tokens to a tree, the tree to SQL over the object store."""
