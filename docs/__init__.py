"""The pages of the documentation, and in `_made` what makes more pages of the code."""
