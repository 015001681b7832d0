--- What a user may set: `vim.g.astral`, or the argument of `require("astral").setup`.

---@class astral.Config
---@field cmd? string[] The server's command line. Unset: `astral-lsp` on PATH.
---@field trusted? boolean|string[]|fun(root: string): boolean Whether code of a workspace may run (mypy plugins, examples): for all, for the folders listed, or as the function says.
---@field settings? table Settings of the server, as under `astral` in other editors.
---@field float? astral.Config.Float

---@class astral.Config.Float
---@field border? string|string[] As for |nvim_open_win()|; unset: 'winborder', else "rounded".
---@field max_width? integer Columns.
---@field names? integer How many names of the scope the goal lists.

local M = {}

---@type astral.Config
M.defaults = {
  trusted = false,
  settings = {},
  float = { max_width = 96, names = 6 },
}

local KNOWN = {
  cmd = { "table" },
  trusted = { "boolean", "table", "function" },
  settings = { "table" },
  float = { "table" },
}

--- The user's options over the defaults, and one line for each that cannot be used.
---@return astral.Config options
---@return string[] problems
function M.read()
  local given = vim.g.astral
  local options, problems = vim.deepcopy(M.overrides or {}), {}
  if given ~= nil and type(given) ~= "table" then
    problems[1] = "vim.g.astral: expected a table"
  else
    options = vim.tbl_deep_extend("force", given or {}, options)
  end
  for name, value in pairs(options) do
    if not KNOWN[name] then
      problems[#problems + 1] = ("%s: no such option"):format(name)
      options[name] = nil
    elseif not vim.list_contains(KNOWN[name], type(value)) then
      problems[#problems + 1] = ("%s: expected %s"):format(name, table.concat(KNOWN[name], " or "))
      options[name] = nil
    end
  end
  return vim.tbl_deep_extend("force", M.defaults, options), problems
end

--- What `setup` was given. It stands beside `vim.g.astral`, which cannot hold functions.
---@type astral.Config?
M.overrides = nil

--- Whether the workspace at `root` is trusted.
---@param root string?
---@return boolean
function M.is_trusted(root)
  local trusted = M.read().trusted
  if type(trusted) == "function" then
    return root ~= nil and trusted(root) == true
  end
  if type(trusted) == "table" then
    return root ~= nil
      and vim.iter(trusted):any(function(folder)
        return vim.fs.relpath(vim.fs.normalize(folder), root) ~= nil
      end)
  end
  return trusted == true
end

return M
