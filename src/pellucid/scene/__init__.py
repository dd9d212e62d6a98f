"""A scene is all that a learner has before them; a bench is where it is played with."""
