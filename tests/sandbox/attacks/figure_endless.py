# expect: status=ok value=none alive=yes
# Drawing that never ends is interrupted; the result of the cell stands, and so does the session.
import matplotlib.figure
import matplotlib.pyplot as plt


class Endless(matplotlib.figure.Figure):
    def draw(self, renderer):
        while True:
            pass


plt.figure(FigureClass=Endless)
None
