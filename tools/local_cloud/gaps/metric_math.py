"""Metric math as far as alarms here need it: arithmetic, comparisons, IF and FILL, of single values.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping

Value = float | None  # None: no data

_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: lambda left, right: float(left > right),
    ast.GtE: lambda left, right: float(left >= right),
    ast.Lt: lambda left, right: float(left < right),
    ast.LtE: lambda left, right: float(left <= right),
    ast.Eq: lambda left, right: float(left == right),
    ast.NotEq: lambda left, right: float(left != right),
}


class UnknownExpressionError(ValueError):
    """CloudWatch may know it; here it does not exist."""


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """The value of `expression` where each id has its value of `values`."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        raise UnknownExpressionError(expression) from None
    return _value(tree.body, values)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case (
            ast.BinOp(left=left, op=sign, right=right)
            | ast.Compare(left=left, ops=[sign], comparators=[right])
        ):
            return _binary(type(sign), _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id="FILL"), args=[metric, other]):
            found = _value(metric, values)
            return _value(other, values) if found is None else found
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            decided = _value(condition, values)
            return None if decided is None else _value(then if decided else otherwise, values)
    raise UnknownExpressionError(ast.unparse(node))


def _binary(sign: type, left: Value, right: Value) -> Value:
    """Without data on one side there is no result, and none of a division by zero."""
    if sign not in _BINARY:
        raise UnknownExpressionError(sign.__name__)
    if left is None or right is None or (sign is ast.Div and right == 0):
        return None
    return _BINARY[sign](left, right)
