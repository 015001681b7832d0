--- What other configuration may call. `:help astral`

local config = require("astral.config")
local fill = require("astral.fill")
local place = require("astral.place")
local server = require("astral.server")

local M = {}

--- Set options and enable the server. Without it, `vim.g.astral` and `vim.lsp.enable("astral")` do the same.
---@param options? astral.Config
function M.setup(options)
  config.overrides = options
  vim.lsp.enable("astral")
end

M.fill = fill.fill
M.fill_all = fill.fill_all
M.statusline = require("astral.status").statusline
M.restart = server.restart

function M.repair()
  require("astral.repair").repair()
end

function M.next()
  require("astral.jump").to("astral/nextHole")
end

function M.prev()
  require("astral.jump").to("astral/previousHole")
end

--- The goal of the hole at the cursor, whole: σ, Γ, constraints.
function M.explain()
  local bufnr, winid = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  local client = server.client(bufnr)
  if not client then
    return
  end
  local cursor = place.cursor(winid, client)
  fill.holes(client, bufnr, function(holes)
    local hole = fill.at(holes, cursor)
    if not hole then
      return server.say(#holes == 0 and "there is no hole in this file" or "no hole here; `:Astral next` goes to one")
    end
    require("astral.float").open(require("astral.goal").whole(hole), { title = "Goal of " .. hole.id, footer = "q close" })
  end)
end

function M.status()
  local client = server.client(vim.api.nvim_get_current_buf())
  if client then
    server.say(table.concat(require("astral.status").lines(client), "\n"))
  end
end

return M
