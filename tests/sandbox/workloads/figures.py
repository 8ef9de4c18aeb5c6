# Figures with text, also Korean and formulas.
import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.plot([1, 2, 3], label="loss"), axes.set_title("$x^2$"), axes.legend()
figure.savefig("a.png"), figure.savefig("a.svg"), figure.savefig("a.pdf")
axes.imshow(torch.rand(8, 8)), figure.canvas.draw()
plt.close("all")
"done"
