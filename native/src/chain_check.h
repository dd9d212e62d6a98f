// What a chain's instructions may take and give.
#pragma once

#include <stdexcept>
#include <string>

#include "chain.h"

namespace pellucid {

[[noreturn]] inline void bad_chain(const std::string& what) {
    throw std::invalid_argument("chain: " + what);
}

// The kind of the result, then of the inputs: f a float (a bool does as a float of 0 or 1), i an int,
// b a bool, v float or bool as the result is, * anything as the result is.
struct Signature {
    const char* name;
    int arity;
    const char* kinds;
};
inline const Signature& signature(int op) {
    static const Signature table[] = {
        {"CONST", 0, "*"},          {"COPY", 1, "vv"},        {"ADD", 2, "fff"},
        {"SUB", 2, "fff"},          {"MUL", 2, "vvv"},        {"DIV", 2, "fff"},
        {"NEG", 1, "ff"},           {"POW", 2, "fff"},        {"FMA", 3, "ffff"},
        {"EXP", 1, "ff"},           {"LOG", 1, "ff"},         {"LOG1P", 1, "ff"},
        {"SQRT", 1, "ff"},          {"TANH", 1, "ff"},        {"SIGMOID", 1, "ff"},
        {"ERF", 1, "ff"},           {"ABS", 1, "ff"},         {"SIGN", 1, "ff"},
        {"MAX", 2, "vvv"},          {"MIN", 2, "vvv"},        {"EQ", 2, "bff"},
        {"LT", 2, "bff"},           {"LE", 2, "bff"},         {"WHERE", 3, "vbvv"},
        {"CLIP", 3, "ffff"},        {"FLOAT_TO_INT", 1, "if"}, {"FLOAT_TO_BOOL", 1, "bf"},
        {"INT_TO_FLOAT", 1, "fi"},  {"INT_TO_BOOL", 1, "bi"}, {"BOOL_TO_INT", 1, "ib"},
        {"INT_ADD", 2, "iii"},      {"INT_SUB", 2, "iii"},    {"INT_MUL", 2, "iii"},
        {"INT_NEG", 1, "ii"},       {"INT_MOST", 2, "iii"},   {"INT_LEAST", 2, "iii"},
        {"INT_EQ", 2, "bii"},       {"INT_LT", 2, "bii"},     {"INT_LE", 2, "bii"},
        {"INT_WHERE", 3, "ibii"},   {"INT_COPY", 1, "ii"},    {"WIDEN", 1, "**"},
        {"ONE_HOT", 1, "fi"},       {"ROW_SUM", 1, "nn"},     {"ROW_MEAN", 1, "ff"},
        {"ROW_MAX", 1, "ff"},       {"ROW_LOGSUMEXP", 1, "ff"}, {"ROW_ARGMAX", 1, "if"},
        {"LOG_SOFTMAX", 1, "ff"},
    };
    static_assert(sizeof(table) / sizeof(table[0]) == static_cast<int>(Op::count));
    return table[op];
}

inline bool kind_fits(char wanted, int result, int kind) {
    switch (wanted) {
        case 'f': return kind != INT;
        case 'i': return kind == INT;
        case 'b': return kind == BOOL;
        case 'v': return result == BOOL ? kind == BOOL : kind != INT;
        case 'n': return (result == INT) == (kind == INT);
        default: return kind == result;
    }
}
inline bool result_fits(char wanted, int kind) {
    switch (wanted) {
        case 'f': return kind == FLOAT;
        case 'i': return kind == INT;
        case 'b': return kind == BOOL;
        case 'v': return kind != INT;
        case 'n': return kind != BOOL;
        default: return true;
    }
}

inline void check_instr(const Instr& in, const Register* regs, int place) {
    const Signature& want = signature(in.op);
    const std::string where =
        "instruction " + std::to_string(place) + " (" + want.name + ") ";
    const Register dst = regs[in.dst];
    if (!result_fits(want.kinds[0], dst.kind)) bad_chain(where + "cannot give this kind of number");
    const int inputs[3] = {in.a, in.b, in.c};
    for (int k = 0; k < want.arity; k++) {
        const Register from = regs[inputs[k]];
        const std::string input = where + "cannot take register " + std::to_string(inputs[k]);
        if (!kind_fits(want.kinds[k + 1], dst.kind, from.kind)) bad_chain(input + " for its kind");
        const Op op = static_cast<Op>(in.op);
        const bool reduces = op >= Op::ROW_SUM && op <= Op::ROW_ARGMAX;
        const bool fits =
            reduces               ? from.cls == FULL && dst.cls == ROW
            : op == Op::LOG_SOFTMAX ? from.cls == FULL && dst.cls == FULL
            : op == Op::ONE_HOT     ? from.cls == ROW && dst.cls == FULL
            : op == Op::WIDEN       ? from.cls == ONE || from.cls == dst.cls || dst.cls == FULL
                                    : from.cls == ONE || from.cls == dst.cls;
        if (!fits) bad_chain(input + " for its class");
    }
}

}  // namespace pellucid
