// @ts-check
/** The layers that only pictures go through, and those that give rows or pictures another shape. */

export const SPATIAL = new Set(["Conv2D", "DepthwiseConv2D", "MaxPool2D", "AvgPool2D", "GlobalAvgPool2D", "RandomAffine", "ColorJitter", "CutOut"]);
export const SHAPES = new Set(["Flatten", "Reshape"]);
