"""Make a model about twice as fast on processors that multiply bfloat16 in hardware.

Only the matrices of linear layers, and what they multiply, become bfloat16. Residuals, layer
norms, pooling and the final normalisation stay float32: cosines of this kind of model live
between 0.75 and 0.95, so the last digits decide who is whose neighbour.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# A faster model whose vectors are further away than this from the exact ones is not used.
LEAST_COSINE = 0.999
_PROBES = ("I did not trust her at first.", "Vi skyndade långsamt.", "我们慢慢来。")


def use_mixed_precision(model: "SentenceTransformer") -> bool:
    """Turn linear layers to bfloat16 where that is fast and harmless; say whether it was done."""
    from torch import nn

    if model.device.type != "cpu" or not has_bfloat16():
        return False
    exact = model.encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
    linears = [module for module in model[0].modules() if isinstance(module, nn.Linear)]
    originals = [(layer, layer.weight.data, layer.bias) for layer in linears]
    hooks = [_to_bfloat16(layer) for layer in linears]
    try:
        fast = model.encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
        if np.min((exact * fast).sum(axis=1)) >= LEAST_COSINE:
            return True
    except RuntimeError:
        pass  # an architecture that cannot mix precisions keeps its own
    for hook, (layer, weight, bias) in zip(hooks, originals, strict=True):
        hook.remove()
        layer.weight.data, layer.bias = weight, bias
    return False


def has_bfloat16() -> bool:
    """Say whether this processor multiplies bfloat16 in hardware."""
    import torch

    capabilities: dict[str, object] = getattr(
        torch.cpu, "get_capabilities", dict
    )()  # newer PyTorch only
    names = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
    return any(capabilities.get(name) for name in names)


def _to_bfloat16(layer: Any) -> Any:
    import torch
    from torch import nn

    layer.weight.data = layer.weight.data.to(torch.bfloat16)
    if layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias.data.to(torch.bfloat16), requires_grad=False)
    return layer.register_forward_pre_hook(
        lambda _, inputs: (inputs[0].to(torch.bfloat16), *inputs[1:])
    )
