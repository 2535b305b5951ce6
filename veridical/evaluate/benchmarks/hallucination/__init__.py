"""Does the model name what is not there?"""
