--- `:Astral {name}`.

local M = {}

---@type table<string, fun(arguments: table)>
local COMMANDS = {
  fill = function(arguments)
    local lines = arguments.range > 0 and { arguments.line1, arguments.line2 } or nil
    require("astral.fill").fill({ lines = lines, best = arguments.bang })
  end,
  fillall = function()
    require("astral.fill").fill_all()
  end,
  repair = function()
    require("astral.repair").repair()
  end,
  next = function()
    require("astral.jump").to("astral/nextHole")
  end,
  prev = function()
    require("astral.jump").to("astral/previousHole")
  end,
  explain = function()
    require("astral").explain()
  end,
  cancel = function()
    require("astral.fill").cancel(vim.api.nvim_get_current_buf())
  end,
  status = function()
    require("astral").status()
  end,
  restart = function()
    require("astral.server").restart()
  end,
}

---@param typed string
---@return string[]
function M.complete(typed)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, typed)
  end, vim.tbl_keys(COMMANDS))
  table.sort(names)
  return names
end

---@param arguments { fargs: string[], bang: boolean, range: integer, line1: integer, line2: integer }
function M.run(arguments)
  local name = arguments.fargs[1]
  local run = COMMANDS[name]
  if not run then
    local names = table.concat(M.complete(""), ", ")
    return vim.notify(("astral: no such command: %s (there are %s)"):format(name, names), vim.log.levels.ERROR)
  end
  run(arguments)
end

return M
