# Makes each line of a text a literal of C.
s/[\\"]/\\&/g
s/.*/"&\\n"/
