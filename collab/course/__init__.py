"""What only the lessons use: first cell, figures with words, drawings, checks."""
