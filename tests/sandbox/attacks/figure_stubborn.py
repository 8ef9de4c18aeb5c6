# expect: status=ok alive=no
# Drawing that does not let itself be interrupted ends with the session.
import matplotlib.figure
import matplotlib.pyplot as plt


class Stubborn(matplotlib.figure.Figure):
    def draw(self, renderer):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


plt.figure(FigureClass=Stubborn)
None
