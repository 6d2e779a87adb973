"""What people use today, one file each: arrays in, a dictionary of plain facts out.

No peer imports the engine (`numpyro_default` alone is handed our model, to be the same posterior),
so each can be read, and checked, as the code that somebody would have written without us.
"""
