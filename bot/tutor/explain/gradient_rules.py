"""Rules for autograd: what keeps a gradient from being computed."""

import re

from bot.tutor.explain.explanation import Explanation
from bot.tutor.explain.facts import Facts, elements, is_simple, shape_of, span
from bot.tutor.explain.rule import SIZES, Found, N, Rules, told
from bot.tutor.ports import Wording

RULES = Rules()

MOST_LINE = 80


@RULES.of(
    "no-grad",
    "RuntimeError",
    r"element 0 of tensors does not require grad and does not have a grad_fn",
)
def _no_grad(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    loss = facts.operand("self") or facts.operand("0")
    if loss and loss.requires_grad:
        return None
    return told(
        say(
            "{name} does not know how it was computed: nothing that went into it has "
            "`requires_grad=True`, so there is nothing to compute a gradient for.",
            name=span(loss) if loss else say("the result"),
        ),
        say(
            "No tensor asked for gradients, or `detach()`, `.item()` or `torch.no_grad()` cut the way."
        ),
        say("Ask for gradients where the numbers to be learned are made:"),
        "w = torch.randn(3, requires_grad=True)",
        topic="autograd",
    )


@RULES.of(
    "backward-scalar", "RuntimeError", r"grad can be implicitly created only for scalar outputs"
)
def _scalar(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    loss = facts.operand("self") or facts.operand("0")
    if loss and loss.shape is not None and elements(loss.shape) == 1:
        return None
    shape = loss.shape if loss else None
    name = loss.text if loss and is_simple(loss.text) else ""
    return told(
        say(
            "{name} has the shape {shape}: these are many numbers. `backward()` starts from one number, "
            "since it asks how that one changes.",
            name=span(loss),
            shape=shape_of(loss),
        )
        if loss is not None and shape is not None
        else say(
            "`backward()` starts from one number, since it asks how that one changes; these are many."
        ),
        say("The losses of the single examples were not put together into one."),
        say("Make one number of them first, with `mean()` or `sum()`:")
        if name
        else say("Make one number of them first, with `mean()` or `sum()`."),
        f"{name}.mean().backward()" if name and facts.operator == "backward" else "",
        topic="autograd",
    )


@RULES.of(
    "leaf-in-place",
    "RuntimeError",
    r"(a leaf Variable|a view of a leaf Variable) that requires grad is being used in an in-place operation\.",
)
def _leaf(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    leaf = facts.operand("self", "left")
    if leaf and leaf.requires_grad is False:
        return None
    name = leaf.text if leaf and is_simple(leaf.text) else ""
    line = _line(facts, facts.site.source) if facts.site else ""
    code = f"with torch.no_grad():\n    {line}" if name and line else ""
    return told(
        say(
            "{name} has `requires_grad=True`. Changing it in place would overwrite the very numbers "
            "that autograd computes gradients for.",
            name=span(leaf) if leaf else say("the tensor"),
        ),
        say(
            "A learning step, or a value that is put in, is not part of what should be differentiated."
        ),
        say("Say that autograd should look away:")
        if code
        else say("Do it inside `with torch.no_grad():`."),
        code,
        topic="autograd",
    )


def _line(facts: Facts, source: str) -> str:
    """Return the line of the cell that holds `source`, if it is that line and short."""
    lines, number = facts.code.splitlines(), facts.error.line or 0
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    is_it = " ".join(source.split()) in " ".join(line.split())
    return line if is_it and len(line) < MOST_LINE and not line.endswith(":") else ""


@RULES.of(
    "backward-twice",
    "RuntimeError",
    r"Trying to backward through the graph a second time \(or directly access saved tensors after they have "
    r"already been freed\)\. Saved intermediate values of the graph are freed when you call \.backward\(\) or "
    r"autograd\.grad\(\)\. Specify retain_graph=True if you need to backward through the graph a second time or "
    r"if you need to access saved tensors after calling backward\.",
)
def _twice(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    loss = facts.operand("self") or facts.operand("0")
    return told(
        say(
            "The way from the weights to {name} was walked back once already, and PyTorch then throws "
            "away what it kept for it.",
            name=span(loss) if loss else say("the result"),
        ),
        say(
            "`backward()` was called twice, or part of the calculation stands before the loop instead of inside."
        ),
        say(
            "Compute the loss anew before each `backward()`. `retain_graph=True` is seldom what is needed."
        ),
        topic="dynamic-graph",
    )


@RULES.of(
    "saved-changed",
    "RuntimeError",
    r"one of the variables needed for gradient computation has been modified by an inplace operation: "
    rf"\[torch\.(?:cuda\.)?\w{{2,16}}Tensor {SIZES}\](?:, which is output {N} of (\w{{1,60}}),)? is at version {N}; "
    rf"expected version {N} instead\. Hint: .{{1,400}}",
)
def _changed(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    shape = [int(n) for n in re.findall(r"\d+", found[1])]
    made = (found[3] or "").removesuffix("Backward0").lower()
    return told(
        say(
            "A tensor of the shape {shape}, the result of `{made}`, was changed in place. Autograd still "
            "needed its old numbers for the gradient.",
            shape=shape_of(shape),
            made=made,
        )
        if made
        else say(
            "A tensor of the shape {shape} was changed in place. Autograd still needed its old numbers "
            "for the gradient.",
            shape=shape_of(shape),
        ),
        say("That is done by `+=`, `x[0] = …`, and methods that end in `_` such as `relu_()`."),
        say("Make a new tensor there, for example `y = y + 1` instead of `y += 1`."),
        topic="dynamic-graph",
    )


@RULES.of(
    "numpy-grad",
    "RuntimeError",
    r"Can't call numpy\(\) on Tensor that requires grad\. Use tensor\.detach\(\)\.numpy\(\) instead\.",
)
def _numpy(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    tensor = facts.operand("self") or facts.operand("0")
    name = tensor.text if tensor and is_simple(tensor.text) else ""
    if tensor and tensor.requires_grad is False:
        return None
    return told(
        say(
            "{name} is part of a calculation that autograd watches, and NumPy could change its numbers "
            "unseen.",
            name=span(tensor) if tensor else say("the tensor"),
        ),
        say("It has `requires_grad=True`, or was computed from something that has."),
        say("Take it out of the calculation first:"),
        f"{name or 'x'}.detach().numpy()",
        topic="autograd",
    )


@RULES.of(
    "deepcopy",
    "RuntimeError",
    r"Only Tensors created explicitly by the user \(graph leaves\) support the deepcopy protocol at the moment\. .*",
)
def _deepcopy(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    tensor = facts.operand("0")
    if tensor and tensor.is_leaf:
        return None
    simple = tensor is not None and is_simple(tensor.text) and tensor.shape is not None
    return told(
        say(
            "{name} was computed from other tensors, and a copy of it would have to copy its whole "
            "history.",
            name=span(tensor) if tensor else say("the tensor"),
        ),
        say("It has a `grad_fn`; only tensors that were made directly can be copied this way."),
        say("Copy its numbers only:"),
        f"{tensor.text}.detach().clone()" if simple and tensor else "x.detach().clone()",
        topic="dynamic-graph",
    )


@RULES.of(
    "inference-tensor", "RuntimeError", r"Inference tensors cannot be saved for backward\. .*"
)
def _inference(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    return told(
        say(
            "A tensor in {name} was made inside `torch.inference_mode()`. Such tensors may never take part in a calculation that is differentiated.",
            name=span(facts.site.source),
        )
        if facts.site and facts.site.kind == "binary"
        else say(
            "A tensor here was made inside `torch.inference_mode()`. Such tensors may never take part in a calculation that is differentiated."
        ),
        say("What was computed only to look at is used for learning now."),
        say("Make it inside `torch.no_grad()` instead, or use `.clone()` of it."),
        topic="autograd",
    )


@RULES.of(
    "grad-unused",
    "RuntimeError",
    rf"The differentiated Tensor at index {N} appears to not have been used in the graph\. Set "
    r"allow_unused=True if this is the desired behavior\.",
)
@RULES.of(
    "grad-unused",
    "RuntimeError",
    r"One of the differentiated Tensors appears to not have been used in the graph\. Set "
    r"allow_unused=True if this is the desired behavior\.",
)
def _unused(say: Wording, facts: Facts, found: Found) -> Explanation | None:
    output, asked = facts.operand("0", "outputs"), facts.operand("1", "inputs")
    if facts.operator != "grad" or output is None or asked is None:
        return None
    return told(
        say(
            "{output} was computed without {asked}, so it does not change when that changes: there is "
            "no gradient to give.",
            output=span(output),
            asked=span(asked),
        ),
        say(
            "Another tensor was meant, or it was replaced by a new one of the same name meanwhile."
        ),
        say(
            "Look whether it really takes part in the calculation of {output}.", output=span(output)
        ),
        topic="autograd",
    )
