// Tables and properties of LagAnalysis stand beside this file, one subject each.
