"""A module that is there, and needs one that is not."""
import a_dependency_that_nobody_has
