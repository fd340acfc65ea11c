"""What only the lessons use, not for copying: first cell, drawings, exercise checks."""
